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
    sum(coalesce(impressions, views)) as impressions,
    count(impressions) as posts_with_impressions,
    count(*) filter (where impressions is null and views is not null) as posts_with_views,
    coalesce(sum(emv), 0) as emv
from scope_posts
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
    ages.followers_at_post
from core.fct_post_at_age as ages
inner join asked on ages.post_id = asked.post_id
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
        ("engagements", "reach_sum_of_posts", "impressions", "impressions_basis", "emv"), ("posts",)
    ),
    **dict.fromkeys(("posts", "views", "reach"), ("posts",)),
    "valid_clicks": ("clicks",),
    "converting_orders": ("touches",),
    **dict.fromkeys(
        (
            *("attributed_orders", "attributed_revenue", "attributed_profit"),
            *("revenue_of_known_profit", "profit_coverage"),
        ),
        ("orders",),
    ),
    **dict.fromkeys(("cost", "cost_committed", "cost_paid"), ("costs",)),
    "mentions_earned": ("mentions",),
    "engagements_change": ("days",),
    "disclosure": ("text",),
}


def performance_values(
    con: duckdb.DuckDBPyConnection, catalogue: Mapping[str, Metric], *, of_campaign: bool
) -> dict[str, Any]:
    """Return the values of a row of campaign_performance or collaboration_performance."""
    values: dict[str, Any] = {}
    for sql in (_OF_POSTS, _OF_CLICKS, _OF_TOUCHES, _OF_ORDERS, _OF_COSTS):
        values.update(row_of(con, sql))
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
    return values


def post_values(con: duckdb.DuckDBPyConnection, catalogue: Mapping[str, Metric]) -> dict[str, Any]:
    """Return the values of a row of post_performance, those at an age with `_1d` and the like."""
    post = row_of(con, "select engagements, views, reach, impressions, emv from scope_posts")
    values = dict(post)
    ages = {f"_{row['age_days']}d": row for row in rows_of(con, _OF_AGES)}
    for age in AGES:
        measured = ages.get(age, {})
        for name in ("engagements", "views", "reach", "engagements_public", "followers_at_post"):
            values[name + age] = measured.get(name)
        for name in ("er_followers", "er_views", "er_reach"):
            of = catalogue[name].ratio
            assert of is not None  # noqa: S101 - what the catalogue says of these three
            values[name + age] = ratio(of, measured) if measured else None
    values["disclosure"] = _disclosure_grade(row_of(con, _DISCLOSURE))
    return values


def ratio(of: Ratio, values: Mapping[str, Any]) -> float | None:
    """Return a ratio of the catalogue over exact values; None where it is NULL."""
    if not _meets_condition(of, values):
        return None
    top = _term(of.of, values)
    return None if top is None else _quotient(of.times * top, values[of.to])


def wilson(of: Interval, values: Mapping[str, Any]) -> float | None:
    """Return a bound of the 95 % Wilson score interval; None where there is none."""
    hits, trials = values[of.of], values[of.to]
    if not trials or hits > trials:
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
    if metric is not None and metric.ratio is not None:
        names = _values_used(metric.ratio)
        because = None if values[name] is not None else _why_no_ratio(metric.ratio, values)
        return Parts(names, because, _facts(names))
    if metric is not None and metric.interval is not None:
        names = (metric.interval.of, metric.interval.to)
        return Parts(names, _why_no_interval(name, metric.interval, values), _facts(names))
    because = metric.null_rule if metric is not None and values[name] is None else None
    if name == "impressions_basis":
        because = None if values[name] else "neither impressions nor views of any post are known"
        return Parts(("posts_with_impressions", "posts_with_views"), because, ("posts",))
    if name == "profit_coverage":
        return Parts(("revenue_of_known_profit", "attributed_revenue"), None, ("orders",))
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
    condition = tuple(of.where.split(" >= ")) if of.where else ()
    return tuple(dict.fromkeys((*of.of.split(" - "), of.to, *condition)))


def _meets_condition(of: Ratio, values: Mapping[str, Any]) -> bool:
    """Return whether the values meet the condition without which a ratio is NULL."""
    if of.where is None:
        return True
    left, right = of.where.split(" >= ")
    return bool(values[left] >= values[right])


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
    if of.where is not None and not _meets_condition(of, values):
        left, right = of.where.split(" >= ")
        return f"{left} {values[left]:.6g} is below {right} {values[right]:.6g}"
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
    if values["posts_with_impressions"] and values["posts_with_views"]:
        return "mixed"
    if values["posts_with_impressions"]:
        return "impressions"
    return "views" if values["posts_with_views"] else None


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
