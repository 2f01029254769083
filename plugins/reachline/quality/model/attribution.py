"""Attribution: shares add up, and no order is credited twice or lost."""

from __future__ import annotations

from reachline.quality.checks import Suite, between, equal, no_row, one_of
from reachline.quality.contract import METHODS
from reachline.quality.facts import Night
from reachline.quality.model.shared import SHARE, grain, has, touched_rows


def suites(night: Night) -> list[Suite]:
    """Return the suites of these tables."""
    return [
        _attribution(night),
        _attribution_in_windows(night),
        _attribution_of_orders(night),
        _attribution_of_days(night),
        _attribution_of_collaborations(night),
    ]


def _attribution(night: Night) -> Suite:
    return grain(
        night,
        "core.fct_attribution",
        one_of("method", METHODS, "Reports have a row for these methods only."),
        one_of("touch_kind", ("click", "code", "none"), "Filters on touch_kind miss the row."),
        between("credit", SHARE, low=0, high=1),
        no_row(
            "credit_is_somebodys_or_unattributed",
            "(touch_kind = 'none') is distinct from (collaboration_id is null) "
            "or (touch_kind = 'none') is distinct from (touch_number = 0)",
            "no collaboration and touch_number 0 where touch_kind is none, and there only",
            "Credit of a touch without a collaboration is in no campaign, and nobody misses it.",
        ),
        has("order_id", "core.fct_orders"),
        columns=("touch_kind", "credit", "collaboration_id"),
        parents=(("order_id", "core.fct_orders"),),
    )


def _attribution_in_windows(night: Night) -> Suite:
    """Return the suite that holds each touch to the window of its campaign."""
    return Suite(
        stage="model",
        table="core.fct_attribution (in the window)",
        rows=f"""
with touches as (
    select order_id, touch_number, touched_at, collaboration_id
    from core.fct_attribution
    where method = 'linear' and touch_number > 0 and {touched_rows(night, "fct_attribution")}
)

select
    touches.order_id,
    touches.touch_number,
    touches.touched_at,
    orders.ordered_at,
    orders.ordered_at
    - to_days(cast(campaigns.attribution_window_days as integer)) as window_begins_at
from touches
inner join core.fct_orders as orders on touches.order_id = orders.order_id
left join work.intermediate.int_collaborations__live as live
    on touches.collaboration_id = live.collaboration_id
left join core.dim_campaign as campaigns on live.campaign_id = campaigns.campaign_id
""",
        key=("order_id", "touch_number", "touched_at", "ordered_at"),
        checks=(
            no_row(
                "touched_in_the_window",
                "not coalesce(touched_at between window_begins_at and ordered_at, false)",
                "touched_at at most attribution_window_days of the campaign before ordered_at",
                "A click too long before the order, or after it, would take credit from others.",
            ),
        ),
    )


_METHOD_ROWS = ", ".join(f"('{method}')" for method in METHODS)


def _attribution_of_orders(night: Night) -> Suite:
    """Return the suite that holds each order and method to the whole of the order."""
    is_touched = touched_rows(night, "fct_attribution")
    return Suite(
        stage="model",
        table="core.fct_attribution (against orders)",
        rows=f"""
with orders as (
    select orders.order_id, methods.method, orders.net_revenue, orders.gross_profit
    from core.fct_orders as orders
    cross join (values {_METHOD_ROWS}) as methods (method)
    where {is_touched}
),

attributed as (
    select
        order_id,
        method,
        sum(credit) as credit,
        cast(sum(attributed_revenue) as decimal(18, 4)) as attributed_revenue,
        cast(sum(attributed_profit) as decimal(18, 4)) as attributed_profit
    from core.fct_attribution
    where {is_touched}
    group by order_id, method
)

select
    orders.*,
    attributed.credit,
    attributed.attributed_revenue,
    attributed.attributed_profit
from orders
left join attributed
    on orders.order_id = attributed.order_id and orders.method = attributed.method
""",
        key=("order_id", "method"),
        checks=(
            no_row(
                "every_order_has_every_method",
                "credit is null",
                "rows of every order for every method",
                "Methods that rest on other orders can't be compared.",
            ),
            no_row(
                "credit_adds_up_to_one",
                "credit <> 1",
                "credit of an order that adds up to 1 for each method",
                "An order would count more or less than once.",
            ),
            equal(
                "net_revenue",
                "attributed_revenue",
                "revenue_is_attributed_whole",
                "Campaigns and the rest together must earn what the order brought, to the digit.",
            ),
            equal(
                "gross_profit",
                "attributed_profit",
                "profit_is_attributed_whole",
                "Profit that is lost or made up here is wrong in every return on spend.",
            ),
        ),
    )


_TOTALS = (
    equal(
        "orders",
        "attributed_orders",
        "orders_are_conserved",
        "Collaborations and the unattributed rest together must count every order once.",
    ),
    equal(
        "net_revenue",
        "attributed_revenue",
        "revenue_is_conserved",
        "Collaborations and the unattributed rest together must earn all revenue, no more.",
    ),
    equal(
        "gross_profit",
        "attributed_profit",
        "profit_is_conserved",
        "Collaborations and the unattributed rest together must earn all profit, no more.",
    ),
)


def _days(night: Night) -> str:
    if night.looks_at_all_of("fct_attribution"):
        return "true"
    return "ordered_on in (select ordered_on from work.intermediate.int_touched__order_days)"


def _totals(keys: str, orders: str, attributed: str) -> str:
    """Return SQL of both sides' totals by `keys`; each side selects them, a count, two amounts."""
    return f"""
with totals as (
    select
        {keys}, orders, net_revenue, gross_profit,
        0 as attributed_orders, 0 as attributed_revenue, 0 as attributed_profit
    from ({orders}) as orders
    union all
    select {keys}, 0, 0, 0, credit, revenue, profit
    from ({attributed}) as attributed
)

select
    {keys},
    cast(sum(orders) as decimal(38, 10)) as orders,
    cast(sum(attributed_orders) as decimal(38, 10)) as attributed_orders,
    cast(sum(net_revenue) as decimal(38, 4)) as net_revenue,
    cast(sum(attributed_revenue) as decimal(38, 4)) as attributed_revenue,
    cast(sum(gross_profit) as decimal(38, 4)) as gross_profit,
    cast(sum(attributed_profit) as decimal(38, 4)) as attributed_profit
from totals
group by {keys}
"""


def _orders_by(keys: str, night: Night) -> str:
    return (
        f"select {keys}, count(*) as orders, coalesce(sum(net_revenue), 0) as net_revenue, "
        "coalesce(sum(gross_profit), 0) as gross_profit "
        f"from core.fct_orders cross join (values {_METHOD_ROWS}) as methods (method) "
        f"where {_days(night)} group by {keys}"
    )


_ATTRIBUTED = (
    "sum(credit) as credit, coalesce(sum(attributed_revenue), 0) as revenue, "
    "coalesce(sum(attributed_profit), 0) as profit"
)


def _attribution_of_days(night: Night) -> Suite:
    """Return the suite that holds each method's totals of a day and currency to the orders'.

    All orders of a touched day are looked at: a row that an order left behind shows here.
    """
    keys = "method, ordered_on, currency"
    attributed = (
        f"select {keys}, {_ATTRIBUTED} from ("
        "select rows.*, orders.currency from core.fct_attribution as rows "
        "left join (select order_id, currency from core.fct_orders) as orders "
        "on rows.order_id = orders.order_id"
        f") as rows where {_days(night)} group by {keys}"
    )
    return Suite(
        stage="model",
        table="core.fct_attribution (by day)",
        rows=_totals(keys, _orders_by(keys, night), attributed),
        key=("method", "ordered_on", "currency"),
        checks=_TOTALS,
    )


def _attribution_of_collaborations(night: Night) -> Suite:
    """Return the suite that holds what collaborations earned and the rest to the orders."""
    keys = "method, ordered_on"
    attributed = (
        f"select {keys}, {_ATTRIBUTED} from core.fct_attribution "
        f"where collaboration_id is null and {_days(night)} group by {keys} "
        f"union all select {keys}, attributed_orders, attributed_revenue, attributed_profit "
        f"from work.intermediate.int_collaborations__order_days where {_days(night)}"
    )
    return Suite(
        stage="model",
        table="core.fct_attribution (by collaboration)",
        rows=_totals(keys, _orders_by(keys, night), attributed),
        key=("method", "ordered_on"),
        checks=_TOTALS,
    )
