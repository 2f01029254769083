"""Each figure of a row computed again from the facts, and the parts that it is made of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import duckdb

from reachline.explain.scope import ExplainError, row_of, rows_of
from reachline.warehouse.metrics import AGES, Interval, Metric, Ratio, metric_and_age

Z = Fraction(1959964, 1000000)
"""Of the 95 % Wilson interval."""

TOLERANCE = 1e-12
"""DOUBLEs are the same when they differ by no more than this part of their size."""


@dataclass(frozen=True)
class Parts:
    """What one figure is made of.

    `parts` are names of other values of the row; `because` says which rule makes it NULL; `facts`
    are the kinds of facts below it: posts, days, clicks, touches, orders, costs, mentions, ages.
    """

    parts: tuple[str, ...]
    because: str | None
    facts: tuple[str, ...]


_OF_POSTS = """
select
    count(*) as posts,
    sum(engagements) as engagements,
    sum(reach) as reach_sum_of_posts,
    count(reach) as posts_with_reach,
    sum(shown) as impressions,
    count(shown) as posts_with_impressions,
    count(*) filter (where shown_by = 'views') as posts_with_views,
    sum(emv) as emv,
    sum(paid_engagements) as paid_engagements,
    sum(paid_reach) as paid_reach_sum_of_posts,
    sum(paid_shown) as paid_impressions
from scope_posts
"""

_IN_RATIOS = """
with whole as (
    select collaboration_id, count(*) as posts, sum(shown) as shown
    from scope_posts
    group by collaboration_id
    having count(*) = count(shown)
)

select
    coalesce(sum(posts), 0) as posts_in_ratios,
    sum(shown) as impressions_in_ratios,
    (
        select count(*)
        from scope_clicks
        where is_valid and is_live and collaboration_id in (select collaboration_id from whole)
    ) as clicks_in_ratios,
    (
        select coalesce(sum(amount) filter (where is_committed_cost), 0)
        from scope_costs
        where collaboration_id in (select collaboration_id from whole)
    ) as cost_in_ratios
from whole
"""

_COVERAGE = """
with campaigns as (
    select starts_on, ends_on
    from core.dim_campaign
    where
        campaign_id in (select campaign_id from asked)
        or campaign_id in (select campaign_id from scope_collaborations)
)

select
    run.logical_date,
    campaigns.starts_on,
    campaigns.ends_on,
    least(campaigns.ends_on + 30, run.logical_date) as last_on,
    (select max(covered_from) from meta.coverage where stream = 'orders') as orders_from,
    (select max(covered_from) from meta.coverage where stream = 'clicks') as clicks_from
from meta.run as run
left join campaigns on true
"""

_OF_CLICKS = """
select count(*) as valid_clicks
from scope_clicks as clicks
cross join asked
where
    clicks.is_valid
    and clicks.is_live
    and (asked.date_day is null or clicks.clicked_on = asked.date_day)
"""

_OF_TOUCHES = """
select count(distinct order_id) as converting_orders
from scope_touches
where touch_kind = 'click'
"""

_OF_ORDERS = """
select
    coalesce(sum(credit), 0) as attributed_orders,
    coalesce(sum(attributed_revenue), 0) as attributed_revenue,
    coalesce(sum(attributed_profit), 0) as attributed_profit,
    coalesce(sum(attributed_revenue) filter (where attributed_profit is not null), 0)
        as revenue_of_known_profit
from scope_credits
"""

_OF_CUSTOMERS = """
select
    coalesce(sum(credits.credit) filter (where orders.order_kind = 'new'), 0) as new_customers,
    coalesce(sum(credits.attributed_revenue) filter (where orders.order_kind = 'new'), 0)
        as revenue_new,
    coalesce(
        sum(credits.attributed_revenue) filter (where orders.order_kind in ('repeat', 'renewal')),
        0
    ) as revenue_repeat
from scope_credits as credits
inner join core.fct_orders as orders on credits.order_id = orders.order_id
"""

_OF_COSTS = """
select
    coalesce(sum(amount) filter (where is_committed_cost), 0) as cost_committed,
    coalesce(sum(amount) filter (where is_paid_cost), 0) as cost_paid
from scope_costs
"""

_OF_MENTIONS = """
select count(distinct mentions.post_id) as mentions_earned
from core.fct_mentions as mentions
inner join core.dim_campaign as campaigns
    on
        mentions.brand_id = campaigns.brand_id
        and mentions.mentioned_on between campaigns.starts_on and campaigns.ends_on
inner join asked on campaigns.campaign_id = asked.campaign_id
where mentions.relationship = 'earned'
"""

_OF_DAY = """
select
    (
        select count(*)
        from scope_posts as posts
        cross join asked
        where posts.published_on = asked.date_day
    ) as posts,
    (
        select sum(days.engagements_change)
        from core.fct_post_daily as days
        inner join asked on days.date_day = asked.date_day
        where days.post_id in (select post_id from scope_posts)
    ) as engagements_change
"""

_OF_AGES = """
select
    ages.age_days,
    ages.engagements,
    ages.views,
    ages.reach,
    ages.engagements_public,
    ages.organic_views,
    ages.organic_reach,
    ages.followers_at_post
from core.fct_post_at_age as ages
inner join asked on ages.post_id = asked.post_id
"""

_AT_AGES = (
    *("engagements", "views", "reach", "engagements_public", "organic_views", "organic_reach"),
    "followers_at_post",
)

_OF_ONE_POST = """
select
    engagements, views, reach, impressions, emv, paid_engagements, paid_views, paid_reach,
    paid_impressions
from scope_posts
"""

_DISCLOSURE = """
select
    posts.is_paid_label,
    performance.disclosure_token,
    performance.disclosure_rank,
    performance.disclosure
from reports.post_performance as performance
inner join asked on performance.post_id = asked.post_id
inner join core.dim_post as posts on performance.post_id = posts.post_id
"""

_FACTS = {
    **dict.fromkeys(
        (
            *("engagements", "reach_sum_of_posts", "impressions", "impressions_basis", "emv"),
            *("posts", "views", "reach", "posts_with_reach", "posts_with_impressions"),
            *("posts_in_ratios", "impressions_in_ratios"),
            *("paid_engagements", "paid_reach_sum_of_posts", "paid_impressions"),
            *("paid_views", "paid_reach"),
        ),
        ("posts",),
    ),
    **dict.fromkeys(("valid_clicks", "clicks_in_ratios"), ("clicks",)),
    "converting_orders": ("touches",),
    **dict.fromkeys(
        (
            *("attributed_orders", "attributed_revenue", "attributed_profit"),
            *("revenue_of_known_profit", "profit_coverage"),
            *("new_customers", "revenue_new", "revenue_repeat"),
        ),
        ("orders",),
    ),
    **dict.fromkeys(("cost", "cost_committed", "cost_paid", "cost_in_ratios"), ("costs",)),
    "mentions_earned": ("mentions",),
    "engagements_change": ("days",),
    "disclosure": ("text",),
}


def performance_values(
    con: duckdb.DuckDBPyConnection, catalogue: Mapping[str, Metric], *, of_campaign: bool
) -> dict[str, Any]:
    """Return the values of a row of campaign_performance or collaboration_performance."""
    values: dict[str, Any] = {}
    for sql in (
        *(_OF_POSTS, _OF_CLICKS, _OF_TOUCHES, _OF_ORDERS, _OF_CUSTOMERS, _OF_COSTS),
        _IN_RATIOS,
    ):
        values.update(row_of(con, sql))
    values.update(_coverage(row_of(con, _COVERAGE)))
    values["mentions_earned"] = (
        row_of(con, _OF_MENTIONS)["mentions_earned"] if of_campaign else None
    )
    values["impressions_basis"] = _basis(values)
    values["profit_coverage_min"] = row_of(
        con, "select value from meta.thresholds where name = 'profit_coverage_min'"
    )["value"]
    covered = _quotient(values["revenue_of_known_profit"], values["attributed_revenue"])
    values["profit_coverage"] = 1.0 if covered is None else covered
    for metric in catalogue.values():
        is_sum = metric.ratio is None and metric.interval is None and metric.name in values
        if is_sum and any(not values[f"{stream}_covered"] for stream in metric.watched_by):
            values[metric.name] = None
    for metric in catalogue.values():
        if metric.ratio is not None and metric.ratio.to in values:
            values[metric.name] = ratio(metric.ratio, values)
    for metric in catalogue.values():
        if metric.interval is not None and metric.interval.to in values:
            values[metric.name] = wilson(metric.interval, values)
    return values


def day_values(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the values of a row of campaign_daily."""
    values = {**row_of(con, _OF_DAY), **row_of(con, _OF_CLICKS), **row_of(con, _OF_ORDERS)}
    values["cost"] = row_of(con, _OF_COSTS)["cost_committed"]
    ((day,),) = con.execute("select date_day from asked").fetchall()
    covered = row_of(con, _COVERAGE)
    for stream, names in _BY_DAY.items():
        values[f"{stream}_from"] = covered[f"{stream}_from"]
        if covered[f"{stream}_from"] is None or day < covered[f"{stream}_from"]:
            values.update(dict.fromkeys(names))
    return values


_BY_DAY = {"orders": ("attributed_orders", "attributed_revenue"), "clicks": ("valid_clicks",)}


def _coverage(days: Mapping[str, Any]) -> dict[str, Any]:
    """Return the days, the shares of them that were watched, and what follows for the return."""
    found = dict(days)
    starts_on, last_on = days["starts_on"], days["last_on"]
    for stream in ("orders", "clicks"):
        covered = None
        if starts_on is not None and starts_on <= days["logical_date"]:
            begins = days[f"{stream}_from"]
            watched = (last_on - max(starts_on, begins)).days + 1 if begins else 0
            whole = (last_on - starts_on).days + 1
            covered = max(0, watched) / whole if whole > 0 else 0.0
        found[f"{stream}_covered"] = covered
    share = found["orders_covered"]
    if starts_on is None:
        found["result_state"] = None
    elif share is None:
        found["result_state"] = "planned"
    elif share < 1:
        found["result_state"] = "partly_covered" if share else "not_covered"
    else:
        found["result_state"] = "running" if days["logical_date"] <= days["ends_on"] else "ended"
    return found


def post_values(con: duckdb.DuckDBPyConnection, catalogue: Mapping[str, Metric]) -> dict[str, Any]:
    """Return the values of a row of post_performance, those at an age with `_1d` and the like."""
    values = dict(row_of(con, _OF_ONE_POST))
    ages = {f"_{row['age_days']}d": row for row in rows_of(con, _OF_AGES)}
    for age in AGES:
        measured = ages.get(age, {})
        for name in _AT_AGES:
            values[name + age] = measured.get(name)
        for name in ("er_followers", "er_views", "er_reach"):
            of = catalogue[name].ratio
            assert of is not None  # noqa: S101 - what the catalogue says of these three
            values[name + age] = ratio(of, measured) if measured else None
    values["disclosure"] = _disclosure_grade(row_of(con, _DISCLOSURE))
    return values


def ratio(of: Ratio, values: Mapping[str, Any]) -> float | None:
    """Return a ratio of the catalogue over exact values; None where it is NULL."""
    if _not_met(of, values):
        return None
    top = _term(of.of, values)
    return None if top is None else _quotient(of.times * top, values[of.to])


def wilson(of: Interval, values: Mapping[str, Any]) -> float | None:
    """Return a bound of the 95 % Wilson score interval; None where there is none."""
    hits, trials = values[of.of], values[of.to]
    if not trials or hits is None or hits > trials:
        return None
    if (hits, of.bound) in ((0, "low"), (trials, "high")):
        return 0.0 if of.bound == "low" else 1.0
    share = Fraction(int(hits), int(trials))
    under_root = share * (1 - share) / int(trials) + Z * Z / (4 * int(trials) ** 2)
    spread = float(Z) * math.sqrt(under_root)
    middle = float(share + Z * Z / (2 * int(trials)))
    return (middle + (spread if of.bound == "high" else -spread)) / float(1 + Z * Z / int(trials))


def same(published: Any, again: Any) -> bool:
    """Return whether two values are one: NULL-safe, DOUBLEs to 1e-12 of their size."""
    if published is None or again is None:
        return published is None and again is None
    if isinstance(published, float):
        return math.isclose(published, float(again), rel_tol=TOLERANCE, abs_tol=0)
    return bool(published == again)


def parts_of(name: str, catalogue: Mapping[str, Metric], values: Mapping[str, Any]) -> Parts:
    """Return what a figure is made of, and why it is NULL if it is."""
    base, age = metric_and_age(name)
    metric = catalogue.get(base)
    if age:
        return _parts_at_age(name, base, age, metric, values)
    unwatched = _why_not_watched(metric, values) if values[name] is None else None
    if metric is not None and metric.ratio is not None:
        names = _values_used(metric.ratio)
        because = None if values[name] is not None else _why_no_ratio(metric.ratio, values)
        return Parts(names, unwatched or because, _facts(names))
    if metric is not None and metric.interval is not None:
        names = (metric.interval.of, metric.interval.to)
        because = _why_no_interval(name, metric.interval, values)
        return Parts(names, unwatched or because, _facts(names))
    because = metric.null_rule if metric is not None and values[name] is None else None
    because = unwatched or because
    if name in ("orders_covered", "clicks_covered", "result_state"):
        stream = "clicks" if name.startswith("clicks") else "orders"
        because = _why_not_begun(values) if values[name] is None else None
        return Parts(("starts_on", "last_on", f"{stream}_from"), because, ())
    if name == "impressions_basis":
        because = None if values[name] else "neither impressions nor views of any post are known"
        return Parts(("posts_with_impressions", "posts_with_views"), because, ("posts",))
    if name == "profit_coverage":
        return Parts(("revenue_of_known_profit", "attributed_revenue"), because, ("orders",))
    if name == "impressions" and because is not None and "posts_with_views" not in values:
        because = "its impressions are not reported; views do not stand in here"
    if name not in _FACTS:
        raise ExplainError(
            f"{name}: nobody has written down what this column is made of. Tell the owner of "
            "reachline.explain."
        )
    return Parts((), because, _FACTS[name])


def _parts_at_age(
    name: str, base: str, age: str, metric: Metric | None, values: Mapping[str, Any]
) -> Parts:
    measured = any(
        values[part + age] is not None
        for part in ("engagements", "views", "reach", "engagements_public")
    )
    nothing = (
        f"no snapshot was measured between 0.8 x {age[1:-1]} and {age[1:-1]} days of age, or the "
        "post has not reached that age"
    )
    if metric is None or metric.ratio is None:
        reason = nothing if not measured else (metric.null_rule if metric else None)
        return Parts((), reason if values[name] is None else None, ("ages",))
    names = (metric.ratio.of + age, metric.ratio.to + age)
    at_age = {part: values[part + age] for part in (metric.ratio.of, metric.ratio.to)}
    because = nothing if not measured else _why_no_ratio(metric.ratio, at_age)
    return Parts(names, because if values[name] is None else None, ("ages",))


def _facts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds of facts below some values, each once, in order."""
    return tuple(dict.fromkeys(kind for name in names for kind in _FACTS.get(name, ())))


def _values_used(of: Ratio) -> tuple[str, ...]:
    """Return the names of the values that a ratio is computed from, each once."""
    conditions = (name for text in of.where for name in text.split(" >= ") if not _is_number(name))
    return tuple(dict.fromkeys((*of.of.split(" - "), of.to, *conditions)))


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _not_met(of: Ratio, values: Mapping[str, Any]) -> str | None:
    """Return the condition without which a ratio is NULL that the values do not meet, in words."""
    for text in of.where:
        left, right = text.split(" >= ")
        bound = float(right) if _is_number(right) else values[right]
        if values[left] is None or values[left] < bound:
            value = "NULL" if values[left] is None else f"{values[left]:.6g}"
            named = right if _is_number(right) else f"{right} {bound:.6g}"
            return f"{left} {value} is below {named}"
    return None


def _why_not_watched(metric: Metric | None, values: Mapping[str, Any]) -> str | None:
    """Return why nobody could see what a figure counts; None where somebody could."""
    for stream in metric.watched_by if metric is not None else ():
        begins = values[f"{stream}_from"]
        if f"{stream}_covered" in values:
            if values[f"{stream}_covered"] is None:
                return _why_not_begun(values)
            if values[f"{stream}_covered"] > 0:
                continue
            if begins is not None:
                return (
                    f"{stream} were watched from {begins} on, after the campaign's days "
                    f"({values['starts_on']} to {values['last_on']})"
                )
        if begins is None:
            return f"no {stream} landed, and config/sources.yml says no day of coverage"
        if f"{stream}_covered" not in values:
            return f"{stream} were watched from {begins} on"
    return None


def _why_not_begun(values: Mapping[str, Any]) -> str:
    if values["starts_on"] is None:
        return "its campaign is not known"
    return f"the campaign starts on {values['starts_on']}, after {values['logical_date']}"


def _term(text: str, values: Mapping[str, Any]) -> Decimal | int | None:
    """Return `a` or `a - b` over values."""
    first, *rest = (values[name] for name in text.split(" - "))
    if first is None or None in rest:
        return None
    found: Decimal | int = first - sum(rest)
    return found


def _quotient(top: Any, bottom: Any) -> float | None:
    if top is None or not bottom:
        return None
    return float(Fraction(top) / Fraction(bottom))


def _why_no_ratio(of: Ratio, values: Mapping[str, Any]) -> str | None:
    if (condition := _not_met(of, values)) is not None:
        return condition
    if values[of.to] is None:
        return f"{of.to} is NULL"
    if not values[of.to]:
        return f"{of.to} is 0, and nothing is divided by 0"
    absent = [name for name in of.of.split(" - ") if values[name] is None]
    return f"{absent[0]} is NULL" if absent else None


def _why_no_interval(name: str, of: Interval, values: Mapping[str, Any]) -> str | None:
    if values[name] is not None:
        return None
    if values[of.to] is None:
        return f"{of.to} is NULL"
    if not values[of.to]:
        return f"{of.to} is 0, and nothing is divided by 0"
    return f"{of.of} {values[of.of]} is above {of.to} {values[of.to]}: no share, no interval"


def _basis(values: Mapping[str, Any]) -> str | None:
    known, views = values["posts_with_impressions"], values["posts_with_views"]
    if not known:
        return None
    if not views:
        return "impressions"
    return "views" if views == known else "mixed"


def _disclosure_grade(post: Mapping[str, Any]) -> str:
    """Return the grade of a post's disclosure: pass, weak or missing.

    It follows from the platform's label, the token found, and the hashtags before it. Which tokens
    are clear and how much people see of a post is configured in config/, which is no part of a
    release: behind fewer than four hashtags the published grade is used.
    """
    if post["is_paid_label"]:
        return "pass"
    if post["disclosure_token"] is None:
        return "missing"
    if post["disclosure_rank"] > 4:
        return "weak"
    return "weak" if post["disclosure"] == "weak" else "pass"
