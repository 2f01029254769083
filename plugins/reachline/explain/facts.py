"""The facts below a figure: orders with touches, clicks, costs, posts, mentions, rates, batches.

Each function returns a section: `count` is how many there are, the list holds the first of them.
Everything is read from the temporary tables of reachline.explain.scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import duckdb

from reachline.explain.scope import Rows, row_of, rows_of

Section = dict[str, Any]

_RATE = (
    "struct_pack(rate := rates.rate, rate_on := rates.rate_on, through := rates.middle_currency)"
)

_ORDERS = """
create or replace temp table listed_orders as
select
    order_id,
    sum(credit) as credit,
    sum(attributed_revenue) as attributed_revenue,
    sum(attributed_profit) as attributed_profit
from scope_credits
group by order_id
order by attributed_revenue desc nulls last, order_id
limit $limit
"""

_LISTED_ORDERS = """
select
    orders.order_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.visitor_id,
    orders.currency,
    orders.gross_amount,
    orders.discount_amount,
    orders.gift_card_amount,
    orders.refunded_amount,
    orders.net_amount,
    rates.rate,
    orders.fx_rate_on as rate_on,
    rates.middle_currency as through,
    orders.currency <> run.currency as is_converted,
    orders.net_revenue,
    orders.gross_profit,
    listed.credit,
    listed.attributed_revenue,
    listed.attributed_profit,
    orders.batch_ids
from listed_orders as listed
inner join core.fct_orders as orders on listed.order_id = orders.order_id
cross join meta.run as run
left join core.dim_fx_rate as rates
    on orders.currency = rates.currency and orders.ordered_on = rates.date_day
order by listed.attributed_revenue desc nulls last, listed.order_id
"""

_TOUCHES = """
select
    touches.order_id,
    touches.touch_number,
    touches.touch_kind as kind,
    touches.touch_key as key,
    touches.touched_at,
    touches.collaboration_id,
    touches.collaboration_id in (select collaboration_id from scope_collaborations) as is_counted,
    credits.credit,
    credits.attributed_revenue,
    credits.attributed_profit
from core.fct_attribution as touches
cross join asked
left join core.fct_attribution as credits
    on
        touches.order_id = credits.order_id
        and touches.touch_number = credits.touch_number
        and credits.method = asked.method
where
    touches.method = 'linear'
    and touches.order_id in (select order_id from listed_orders)
order by touches.order_id, touches.touch_number
"""

_REFUNDS = """
select
    order_id,
    refund_id,
    refunded_on,
    amount,
    batch_id
from core.fct_refunds
where order_id in (select order_id from listed_orders)
order by order_id, refunded_at, refund_id
"""

# the scope is of one campaign; a collaboration whose campaign is not known has no window
_WINDOW = """
select max(attribution_window_days) as window_days
from scope_collaborations
"""

_HALF_LIFE = """
select case when asked.method = 'time_decay' then cast(thresholds.value as bigint) end
    as half_life_days
from asked
cross join meta.thresholds as thresholds
where thresholds.name = 'attribution.half_life_days'
"""

_ORDER_COUNTS = """
select
    count(distinct credits.order_id) as count,
    count(distinct credits.order_id) filter (where credits.attributed_revenue is null)
        as without_revenue,
    count(distinct credits.order_id) filter (where credits.attributed_profit is null)
        as without_profit,
    coalesce(sum(credits.credit) filter (where credits.touch_kind = 'click'), 0)
        as credit_of_clicks,
    coalesce(sum(credits.credit) filter (where credits.touch_kind = 'code'), 0) as credit_of_codes
from scope_credits as credits
"""

# an order that has a touch of ours and no credit for us, or a visitor of ours and no touch of ours
_LOST = """
create or replace temp table lost_orders as
with others as (
    select distinct order_id
    from scope_touches
    where order_id not in (select order_id from scope_credits)
),
visits as (
    select
        orders.order_id,
        max(case
            when clicks.clicked_at > orders.ordered_at then 1
            when
                orders.ordered_at
                > clicks.clicked_at + to_days(cast(clicks.attribution_window_days as integer))
                then 2
            when not clicks.is_live then 3
            when clicks.is_bot then 4
            when clicks.is_duplicate then 5
        end) as nearest
    from core.fct_orders as orders
    cross join asked
    inner join scope_clicks as clicks on orders.visitor_id = clicks.visitor_id
    where
        (asked.date_day is null or orders.ordered_on = asked.date_day)
        and orders.order_id not in (select order_id from scope_touches)
    group by orders.order_id
)
select
    order_id,
    'another_touch' as reason
from others
union all
select
    order_id,
    case nearest
        when 1 then 'click_after_the_order'
        when 2 then 'click_too_long_ago'
        when 3 then 'collaboration_not_live'
        when 4 then 'click_of_a_bot'
        when 5 then 'click_a_duplicate'
        else 'click_is_no_touch'
    end as reason
from visits
"""

_LOST_COUNTS = "select reason, count(*) as orders from lost_orders group by reason order by reason"

_LISTED_LOST = """
with listed as (
    select
        lost.order_id,
        lost.reason,
        orders.ordered_at,
        orders.visitor_id,
        orders.net_revenue
    from lost_orders as lost
    inner join core.fct_orders as orders on lost.order_id = orders.order_id
    order by orders.net_revenue desc nulls last, lost.order_id
    limit $limit
),
winners as (
    select
        credits.order_id,
        list(
            struct_pack(
                kind := credits.touch_kind,
                key := credits.touch_key,
                touched_at := credits.touched_at,
                collaboration_id := credits.collaboration_id,
                credit := credits.credit
            )
            order by credits.touch_number
        ) as went_to
    from core.fct_attribution as credits
    cross join asked
    where
        credits.method = asked.method
        and credits.order_id in (select order_id from listed)
    group by credits.order_id
)
select
    listed.order_id,
    listed.ordered_at,
    listed.visitor_id,
    listed.net_revenue,
    listed.reason,
    winners.went_to
from listed
left join winners on listed.order_id = winners.order_id
order by listed.net_revenue desc nulls last, listed.order_id
"""

_TOUCH_COUNTS = """
select
    count(distinct order_id) filter (where touch_kind = 'click') as count,
    count(*) filter (where touch_kind = 'click') as touches,
    count(distinct order_id) filter (
        where order_id not in (
            select clicked.order_id from scope_touches as clicked where clicked.touch_kind = 'click'
        )
    ) as orders_by_code_alone
from scope_touches
"""

_LISTED_CONVERTING = """
select
    order_id,
    ordered_on,
    list(
        struct_pack(
            click_id := touch_key, clicked_at := touched_at, collaboration_id := collaboration_id
        )
        order by touch_number
    ) as clicks
from scope_touches
where touch_kind = 'click'
group by order_id, ordered_on
order by ordered_on desc, order_id
limit $limit
"""

_GRADED_CLICKS = """
create or replace temp table graded_clicks as
select
    clicks.*,
    case
        when not clicks.is_live then 'collaboration_not_live'
        when clicks.is_bot then 'bot'
        when clicks.is_duplicate then 'duplicate'
        when clicks.is_other_door then 'other_door'
    end as left_out_as
from scope_clicks as clicks
cross join asked
where asked.date_day is null or clicks.clicked_on = asked.date_day
"""

_CLICK_COUNTS = """
select left_out_as, count(*) as clicks
from graded_clicks
group by left_out_as
order by left_out_as
"""

_LISTED_CLICKS = """
select click_id, clicked_at, link_id, collaboration_id, visitor_id, left_out_as, batch_id
from graded_clicks
where (left_out_as is null) = $valid
order by clicked_at desc, click_id
limit $limit
"""

_LOST_CLICKS = """
select
    count(*) filter (where clicks.link_id is null) as link_unknown,
    count(*) filter (where clicks.link_id is not null) as collaboration_unknown
from core.fct_clicks as clicks
cross join asked
where
    clicks.collaboration_id is null
    and (asked.date_day is null or clicks.clicked_on = asked.date_day)
"""

_COSTS = """
select
    costs.cost_id,
    costs.collaboration_id,
    costs.kind,
    costs.status,
    costs.incurred_on,
    costs.original_amount,
    costs.currency,
    rates.rate,
    costs.fx_rate_on as rate_on,
    rates.middle_currency as through,
    costs.currency <> run.currency as is_converted,
    costs.amount,
    costs.is_committed_cost,
    costs.is_paid_cost,
    costs.is_live,
    costs.has_campaign,
    costs.batch_id
from scope_costs as costs
cross join meta.run as run
left join core.dim_fx_rate as rates
    on costs.currency = rates.currency and costs.incurred_on = rates.date_day
order by costs.incurred_on, costs.cost_id
limit $limit
"""

_COST_COUNTS = """
select
    count(*) as count,
    count(amount) filter (where is_committed_cost) as committed,
    count(amount) filter (where is_paid_cost) as paid,
    count(*) filter (where amount is null) as without_rate
from scope_costs
"""

_POSTS = """
create or replace temp table listed_posts as
select posts.*
from scope_posts as posts
cross join asked
where asked.date_day is null or posts.published_on = asked.date_day
order by posts.engagements desc nulls last, posts.post_id
limit $limit
"""

_POST_COUNT = """
select count(*) as count
from scope_posts as posts
cross join asked
where asked.date_day is null or posts.published_on = asked.date_day
"""

_LISTED_POSTS = """
select
    post_id,
    collaboration_id,
    platform,
    content_type,
    published_on,
    permalink,
    engagements,
    reach,
    shown as impressions_counted,
    shown_by as impressions_basis,
    emv,
    batch_id
from listed_posts
order by engagements desc nulls last, post_id
"""

_METRICS = """
select
    metrics.post_id,
    metrics.metric,
    metrics.number,
    metrics.paid_number,
    metrics.observed_at,
    metrics.emv_rate,
    metrics.emv_content_type,
    metrics.emv_currency,
    rates.rate,
    rates.rate_on,
    rates.middle_currency as through,
    metrics.emv,
    metrics.batch_id
from core.fct_paid_post_metrics as metrics
cross join meta.run as run
left join core.dim_fx_rate as rates
    on metrics.emv_currency = rates.currency and run.logical_date = rates.date_day
where metrics.post_id in (select post_id from listed_posts)
order by metrics.post_id, metrics.metric
"""

_DAYS = """
select
    days.post_id,
    posts.collaboration_id,
    days.engagements,
    days.engagements_change,
    days.batch_id
from core.fct_post_daily as days
inner join asked on days.date_day = asked.date_day
inner join scope_posts as posts on days.post_id = posts.post_id
order by abs(days.engagements_change) desc nulls last, days.post_id
limit $limit
"""

_DAY_COUNTS = """
select
    count(*) as count,
    count(*) filter (where days.engagements_change is null) as without_change
from core.fct_post_daily as days
inner join asked on days.date_day = asked.date_day
where days.post_id in (select post_id from scope_posts)
"""

_AGES = """
select
    ages.age_days,
    ages.observed_at,
    ages.likes,
    ages.comments,
    ages.shares,
    ages.saves,
    ages.views,
    ages.reach,
    ages.impressions,
    ages.engagements,
    ages.engagements_public,
    ages.organic_views,
    ages.organic_reach,
    ages.is_complete,
    ages.followers_at_post,
    ages.batch_id
from core.fct_post_at_age as ages
inner join asked on ages.post_id = asked.post_id
order by ages.age_days
"""

_TEXT = """
select
    posts.text,
    posts.language,
    posts.is_paid_label,
    performance.disclosure_token as token,
    performance.disclosure_position as position,
    performance.disclosure_rank as rank,
    posts.batch_id
from core.dim_post as posts
inner join asked on posts.post_id = asked.post_id
inner join reports.post_performance as performance on posts.post_id = performance.post_id
"""

_MENTIONS = """
create or replace temp table listed_mentions as
select
    mentions.post_id,
    min(mentions.mentioned_on) as mentioned_on,
    list(mentions.kind order by mentions.kind) as kinds,
    mentions.relationship
from core.fct_mentions as mentions
inner join core.dim_campaign as campaigns
    on
        mentions.brand_id = campaigns.brand_id
        and mentions.mentioned_on between campaigns.starts_on and campaigns.ends_on
inner join asked on campaigns.campaign_id = asked.campaign_id
group by mentions.post_id, mentions.relationship
"""

_MENTION_COUNTS = """
select
    count(distinct post_id) filter (where relationship = 'earned') as count,
    count(distinct post_id) filter (where relationship = 'paid') as paid,
    count(distinct post_id) filter (where relationship = 'owned') as owned
from listed_mentions
"""

_LISTED_MENTIONS = """
select
    mentions.post_id,
    mentions.mentioned_on,
    mentions.kinds,
    posts.permalink,
    posts.batch_id
from listed_mentions as mentions
inner join core.dim_post as posts on mentions.post_id = posts.post_id
where mentions.relationship = 'earned'
order by mentions.mentioned_on, mentions.post_id
limit $limit
"""

CONVERTED = {
    "orders": """
        select distinct orders.currency, orders.ordered_on as date_day
        from core.fct_orders as orders
        where orders.order_id in (select order_id from scope_credits)
    """,
    "costs": "select distinct currency, incurred_on as date_day from scope_costs",
    "posts": """
        select distinct metrics.emv_currency as currency, run.logical_date as date_day
        from core.fct_paid_post_metrics as metrics
        cross join meta.run as run
        cross join asked
        inner join scope_posts as posts on metrics.post_id = posts.post_id
        where
            metrics.emv_currency is not null
            and (asked.date_day is null or posts.published_on = asked.date_day)
    """,
}
"""The kinds of facts that have money in other currencies, with the days whose rates they need."""


def _batches_of_orders(touches: str, condition: str) -> str:
    """Return SQL of the batches of some orders, of their refunds, and of the clicks before them.

    `touches` is scope_credits or scope_touches, `condition` the one by which it names the orders.
    """
    orders = f"select order_id from {touches} where {condition}"
    return f"""
        select batch_id, 'orders' as of
        from (
            select order_id, unnest(batch_ids) as batch_id
            from core.fct_orders
            where order_id in ({orders})
        )
        where (order_id, batch_id) not in (select order_id, batch_id from core.fct_refunds)
        union all
        select batch_id, 'refunds' as of
        from core.fct_refunds
        where order_id in ({orders})
        union all
        select clicks.batch_id, 'clicks' as of
        from scope_clicks as clicks
        where clicks.click_id in (select touch_key from {touches} where touch_kind = 'click')
    """


# the batches of each kind of facts
_BATCHES = {
    "orders": _batches_of_orders("scope_credits", "true"),
    "touches": _batches_of_orders("scope_touches", "touch_kind = 'click'"),
    "clicks": """
        select clicks.batch_id, 'clicks' as of
        from scope_clicks as clicks
        cross join asked
        where asked.date_day is null or clicks.clicked_on = asked.date_day
    """,
    "costs": "select batch_id, 'costs' as of from scope_costs",
    "posts": """
        select posts.batch_id, 'posts' as of
        from scope_posts as posts
        cross join asked
        where asked.date_day is null or posts.published_on = asked.date_day
        union all
        select metrics.batch_id, 'measures of posts' as of
        from core.fct_paid_post_metrics as metrics
        cross join asked
        inner join scope_posts as posts on metrics.post_id = posts.post_id
        where asked.date_day is null or posts.published_on = asked.date_day
    """,
    "days": """
        select days.batch_id, 'measures of posts' as of
        from core.fct_post_daily as days
        inner join asked on days.date_day = asked.date_day
        where days.post_id in (select post_id from scope_posts)
    """,
    "ages": """
        select ages.batch_id, 'measures of posts' as of
        from core.fct_post_at_age as ages
        inner join asked on ages.post_id = asked.post_id
    """,
    "text": "select batch_id, 'posts' as of from scope_posts",
    "mentions": """
        select posts.batch_id, 'posts' as of
        from core.dim_post as posts
        where posts.post_id in (select post_id from listed_mentions where relationship = 'earned')
    """,
}

_ADD_BATCHES = "insert into used_batches "
_ADD_RATES = "insert into used_rates "

_USED_BATCHES = """
with used as (
    select batch_id, of, count(*) as facts
    from used_batches
    group by batch_id, of
),
by_batch as (
    select
        batch_id,
        list(struct_pack(of := of, facts := facts) order by of) as brought
    from used
    group by batch_id
)
select
    by_batch.batch_id,
    batches.source,
    batches.stream,
    batches.logical_date,
    batches.file_name,
    batches.query,
    batches.rows,
    batches.rejected,
    by_batch.brought
from by_batch
left join meta.batches as batches on by_batch.batch_id = batches.batch_id
order by batches.logical_date, batches.stream, by_batch.batch_id
"""

_USED_RATES = """
select distinct
    used.currency,
    used.date_day,
    rates.rate,
    rates.rate_on,
    rates.middle_currency as through
from used_rates as used
cross join meta.run as run
left join core.dim_fx_rate as rates
    on used.currency = rates.currency and used.date_day = rates.date_day
where used.currency <> run.currency
order by used.currency, used.date_day
"""


def orders(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return the orders with credit, each with its touches and refunds, and those without."""
    con.execute(_ORDERS, {"limit": limit})
    touches = _by(rows_of(con, _TOUCHES), "order_id")
    refunds = _by(rows_of(con, _REFUNDS), "order_id")
    listed = rows_of(con, _LISTED_ORDERS)
    for order in listed:
        order["refunds"] = refunds.get(order["order_id"], [])
        order["touches"] = touches.get(order["order_id"], [])
    con.execute(_LOST)
    lost = rows_of(con, _LOST_COUNTS)
    return {
        **row_of(con, _ORDER_COUNTS),
        **row_of(con, _WINDOW),
        **row_of(con, _HALF_LIFE),
        "orders": listed,
        "without_credit": {
            "count": sum(row["orders"] for row in lost),
            "by_reason": {row["reason"]: row["orders"] for row in lost},
            "orders": rows_of(con, _LISTED_LOST, {"limit": limit}),
        },
    }


def touches(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return the orders that a click led to, with these clicks."""
    return {
        **row_of(con, _TOUCH_COUNTS),
        **row_of(con, _WINDOW),
        "orders": rows_of(con, _LISTED_CONVERTING, {"limit": limit}),
    }


def clicks(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return the clicks that count, and those that do not, by reason."""
    con.execute(_GRADED_CLICKS)
    counts = {row["left_out_as"]: row["clicks"] for row in rows_of(con, _CLICK_COUNTS)}
    valid = counts.pop(None, 0)
    return {
        "count": valid,
        "clicks": rows_of(con, _LISTED_CLICKS, {"valid": True, "limit": limit}),
        "left_out": {
            "count": sum(counts.values()),
            "by_reason": counts,
            "clicks": rows_of(con, _LISTED_CLICKS, {"valid": False, "limit": limit}),
        },
        "of_nobody": row_of(con, _LOST_CLICKS),
    }


def costs(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return the costs, with what each counts as and why."""
    listed = rows_of(con, _COSTS, {"limit": limit})
    for cost in listed:
        cost["because"] = _why_cost(cost)
    return {**row_of(con, _COST_COUNTS), "costs": listed}


def posts(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return the paid posts, each with its last measures and what these are worth."""
    con.execute(_POSTS, {"limit": limit})
    measures = _by(rows_of(con, _METRICS), "post_id")
    listed = rows_of(con, _LISTED_POSTS)
    for post in listed:
        post["metrics"] = measures.get(post["post_id"], [])
    return {**row_of(con, _POST_COUNT), "posts": listed}


def days(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return the paid posts that were measured on the day."""
    return {**row_of(con, _DAY_COUNTS), "posts": rows_of(con, _DAYS, {"limit": limit})}


def ages(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return the snapshots of the post at 1, 7 and 30 days; there are three at most."""
    listed = rows_of(con, _AGES)
    return {"count": len(listed), "snapshots": listed}


def text(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return what the post says of being paid for."""
    post = row_of(con, _TEXT)
    whole, place = post.pop("text"), post["position"]
    post["excerpt"] = None
    if whole is not None and place is not None:
        start = max(place - 21, 0)
        post["excerpt"] = whole[start : place + len(post["token"]) + 19]
    return {"count": 1, "post": post}


def mentions(con: duckdb.DuckDBPyConnection, limit: int | None) -> Section:
    """Return the earned mentions of the campaign's brand in its days."""
    con.execute(_MENTIONS)
    return {
        **row_of(con, _MENTION_COUNTS),
        "posts": rows_of(con, _LISTED_MENTIONS, {"limit": limit}),
    }


SECTIONS: dict[str, Callable[[duckdb.DuckDBPyConnection, int | None], Section]] = {
    "orders": orders,
    "touches": touches,
    "clicks": clicks,
    "costs": costs,
    "posts": posts,
    "days": days,
    "ages": ages,
    "text": text,
    "mentions": mentions,
}


def rates(con: duckdb.DuckDBPyConnection, kinds: Iterable[str], limit: int | None) -> Section:
    """Return the exchange rates that the facts of these kinds were converted with."""
    con.execute("create or replace temp table used_rates (currency varchar, date_day date)")
    for kind in kinds:
        if kind in CONVERTED:
            con.execute(_ADD_RATES + CONVERTED[kind])
    found = rows_of(con, _USED_RATES)
    return {"count": len(found), "rates": found[:limit]}


def batches(con: duckdb.DuckDBPyConnection, kinds: Iterable[str], limit: int | None) -> Section:
    """Return the batches that brought the facts of these kinds."""
    con.execute("create or replace temp table used_batches (batch_id varchar, of varchar)")
    for kind in kinds:
        if kind in _BATCHES:
            con.execute(_ADD_BATCHES + _BATCHES[kind])
    found = rows_of(con, _USED_BATCHES)
    return {"count": len(found), "batches": found[:limit]}


def _why_cost(cost: dict[str, Any]) -> str:
    """Return in words what a cost counts as."""
    paid = cost["status"] == "paid"
    agreed = cost["cost_id"].startswith(("fee:", "product:"))
    if cost["amount"] is None:
        return "no exchange rate is known, so no sum holds it"
    if not cost["is_live"]:
        why = "not live" if cost["has_campaign"] else "of an unknown campaign, so not live"
        if paid:
            return f"the collaboration is {why}: it costs what was paid"
        return f"the collaboration is {why}, and this was not paid"
    if agreed:
        return "agreed, so committed whether paid or not"
    if not cost["is_committed_cost"]:
        whole = f"{cost['kind']}:{cost['collaboration_id']}"
        return f"a part of what was agreed, which is committed as {whole}"
    if cost["status"] == "owed":
        return (
            "no commission was entered, so commission_rate x attributed revenue of the default "
            "method is owed"
        )
    if cost["kind"] == "fee":
        return "no fee was agreed, so its payments are the committed cost"
    if cost["kind"] == "product":
        return "no product cost was agreed, so its payments are the committed cost"
    return f"{cost['kind']} counts beside what was agreed"


def _by(rows: Rows, name: str) -> dict[Any, Rows]:
    """Return rows by a column, which they then lack."""
    found: dict[Any, Rows] = {}
    for row in rows:
        found.setdefault(row.pop(name), []).append(row)
    return found
