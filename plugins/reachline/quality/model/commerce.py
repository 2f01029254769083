"""Clicks, orders, refunds, costs and exchange rates; no row and no amount is lost on the way."""

from __future__ import annotations

from reachline.quality.checks import Suite, between, equal, never_null, no_group, no_row, one_of
from reachline.quality.facts import Night
from reachline.quality.model.shared import (
    FUTURE,
    NEGATIVE,
    by_the_logical_date,
    end,
    grain,
    touched_rows,
)

_REVENUE = "With this much revenue unknown, return on spend would be wrong."
_SPEND = "With this much spend unknown, return on spend would look better than it is."


def suites(night: Night) -> list[Suite]:
    """Return the suites of these tables."""
    return [
        grain(
            night,
            "core.fct_clicks",
            no_row(
                "valid_is_a_persons_and_counted_once",
                "is_valid is distinct from (not is_bot and not is_duplicate and not is_other_door)",
                "is_valid = not is_bot and not is_duplicate and not is_other_door",
                "Bots and clicks that are told of twice must not earn anybody credit.",
            ),
            no_row(
                "clicked_by_the_logical_date",
                f"clicked_at >= {end(night)}",
                "clicked_at before the end of the logical date",
                FUTURE,
            ),
            columns=("clicked_at", "is_valid", "is_bot", "is_duplicate", "is_other_door"),
        ),
        _doors(night, "reports.click_doors"),
        _doors(night, "reports.click_door_hours"),
        grain(
            night,
            "reports.orphan_clicks",
            never_null("likely_link_id", "A stray click without a link to mend says nothing."),
            columns=("likely_link_id",),
        ),
        _orphan_clicks(),
        _orders(night),
        grain(
            night,
            "core.fct_refunds",
            between("amount", "A refund below zero would raise revenue.", low=0),
            no_row(
                "refunded_by_the_logical_date",
                f"refunded_at >= {end(night)}",
                "refunded_at before the end of the logical date",
                FUTURE,
            ),
            columns=("amount", "refunded_at"),
        ),
        _costs(night),
        grain(
            night,
            "core.dim_fx_rate",
            no_row(
                "rate_is_above_zero",
                "not coalesce(rate > 0, false)",
                "a rate above 0",
                "Amounts at a rate of 0 or less vanish or change their sign.",
            ),
            by_the_logical_date(night),
            columns=("rate",),
        ),
        _conversion(night, "core.fct_orders", "net_revenue", "ordered_on", "order", _REVENUE),
        _conversion(night, "core.fct_costs", "amount", "incurred_on", "cost", _SPEND),
        _conservation(night),
        _kept(night),
    ]


def _doors(night: Night, table: str) -> Suite:
    return grain(
        night,
        table,
        between("clicks", NEGATIVE, low=0),
        no_row(
            "what_counts_is_told_of",
            "clicks_counted > clicks or clicks_counted > clicks_in_reports",
            "clicks_counted at most clicks, and at most clicks_in_reports",
            "A source would be called whole for clicks that it never told of.",
        ),
        columns=("clicks", "clicks_counted", "clicks_in_reports"),
    )


def _orphan_clicks() -> Suite:
    """Return the suite that names the likeliest link of the clicks that meet none."""
    return Suite(
        stage="model",
        table="reports.orphan_clicks (likeliest links)",
        rows="""
select
    utm_campaign, utm_content, source, clicks, first_clicked_on, last_clicked_on, likely_link_id
from reports.orphan_clicks
""",
        key=(
            *("utm_campaign", "utm_content", "source", "clicks", "first_clicked_on"),
            *("last_clicked_on", "likely_link_id"),
        ),
        checks=(
            no_row(
                "clicks_meet_their_links",
                "clicks > 0",
                "no click whose UTM values are nearly those of a tracking link",
                "These clicks count for no collaboration: correct the link where it was posted, or "
                "land a tracking link with the URL as it is clicked.",
                severity="warn",
            ),
        ),
    )


def _orders(night: Night) -> Suite:
    credits_renewals = int(night.thresholds.attribution.renewals)
    return grain(
        night,
        "core.fct_orders",
        between("net_revenue", "Refunds count up to what was paid, and no further.", low=0),
        between("touches", NEGATIVE, low=0),
        no_row(
            "renewals_are_credited_as_configured",
            f"order_kind = 'renewal' and touches > 0 and {credits_renewals} = 0",
            "no touch of a renewal, unless attribution.renewals of config/thresholds.yml says so",
            "What a subscription charges by itself would be credited to a creator, month by month.",
        ),
        no_row(
            "ordered_by_the_logical_date",
            f"ordered_at >= {end(night)}",
            "ordered_at before the end of the logical date",
            FUTURE,
        ),
        columns=("ordered_at", "net_revenue", "touches", "order_kind"),
    )


def _costs(night: Night) -> Suite:
    return grain(
        night,
        "core.fct_costs",
        one_of(
            "kind",
            ("fee", "product", "commission", "shipping", "boost"),
            "What a collaboration costs is made of these kinds.",
        ),
        one_of("status", ("committed", "paid", "owed"), "Costs are promised, paid or owed."),
        no_row(
            "paid_cost_is_paid",
            "is_paid_cost and status <> 'paid'",
            "is_paid_cost only where the status is paid",
            "A promise that counts as paid overstates what was spent.",
        ),
        no_row(
            "incurred_by_the_logical_date",
            f"incurred_on > date '{night.logical_date}'",
            f"incurred_on at most {night.logical_date}",
            FUTURE,
        ),
        no_group(
            "what_was_agreed_counts_once",
            "select min(cost_id) as cost_id from looked_at "
            "where is_committed_cost and kind in ('fee', 'product') "
            "group by collaboration_id, kind "
            "having bool_or(not starts_with(cost_id, 'payment:')) and count(*) > 1",
            "no payment of a fee or product beside the agreed one among the committed costs",
            "An agreed fee and its payment are the same money: both together count it twice.",
        ),
        no_group(
            "commission_is_owed_until_it_is_entered",
            "select min(cost_id) as cost_id from looked_at where kind = 'commission' "
            "group by collaboration_id having bool_or(status = 'owed') and count(*) > 1",
            "no commission that is owed beside payments of kind commission",
            "A commission that is owed and its payment are the same money: both count it twice.",
        ),
        columns=(
            "collaboration_id",
            "kind",
            "status",
            "incurred_on",
            "is_committed_cost",
            "is_paid_cost",
        ),
    )


def _conversion(night: Night, table: str, amount: str, day: str, event: str, impact: str) -> Suite:
    """Return the suite over the exchange rates of a table's amounts: one narrow scan of it all.

    `amount` is a column in the reporting currency and `day` the one whose rate holds.
    """
    share, days = night.thresholds.fx_missing_block_share, night.thresholds.fx_stale_days
    events = f"{event}s"
    return Suite(
        stage="model",
        table=f"{table} (exchange rates)",
        rows=f"""
select
    currency,
    count(*) as {events},
    count(*) filter (where {amount} is null) as {events}_without_rate,
    count(*) filter (where {day} - fx_rate_on > {days}) as {events}_at_old_rate,
    cast(sum(count(*) filter (where {amount} is null)) over () as double)
    / sum(count(*)) over () as share_without_rate
from {table}
group by currency
""",
        key=("currency", events, f"{events}_without_rate", f"{events}_at_old_rate"),
        checks=(
            no_row(
                "exchange_rate_is_recent",
                f"{events}_at_old_rate > 0",
                f"a rate of at most {days} days before the {event} (thresholds.fx_stale_days)",
                "Amounts at an old rate drift from the truth: land newer fx_rates.",
                severity="warn",
            ),
            no_row(
                f"every_{event}_has_a_rate",
                f"{events}_without_rate > 0",
                f"a rate for every {event}",
                f"{events.capitalize()} without a rate count in no sum: land fx_rates for the "
                "currency.",
                severity="warn",
            ),
            no_row(
                f"few_{events}_lack_a_rate",
                f"{events}_without_rate > 0 and share_without_rate > {share}",
                f"at most {share:.2%} of all {events} without a rate "
                "(thresholds.fx_missing_block_share)",
                impact,
            ),
        ),
    )


def _conservation(night: Night) -> Suite:
    """Return the suite that computes orders a second time, straight from staging.

    Orders that two sources tell of are left out: which of their values hold is decided column by
    column.
    """
    is_touched = touched_rows(night, "fct_orders")
    return Suite(
        stage="model",
        table="core.fct_orders (against staging)",
        rows=f"""
with staged as (
    select
        order_id,
        currency,
        gross_amount - coalesce(discount_amount, 0) - coalesce(gift_card_amount, 0) as paid
    from work.staging.stg_inbox__orders
    where {is_touched}
    qualify count(*) over (partition by order_id) = 1
        and not is_deleted
        and status = 'placed'
        and not coalesce(is_test, false)
        and ordered_at < {end(night)}
),

refunds as (
    select order_id, sum(amount) as refunded
    from work.staging.stg_inbox__refunds
    where not is_deleted and refunded_at < {end(night)} and {is_touched}
    group by order_id
),

two_sources as (
    select order_id
    from work.staging.stg_inbox__orders
    where {is_touched}
    group by order_id
    having count(*) > 1
    union
    select order_id
    from work.staging.stg_inbox__refunds
    where {is_touched}
    group by order_id
    having count(distinct source) > 1
),

expected as (
    select
        staged.order_id,
        staged.currency,
        staged.paid - least(coalesce(refunds.refunded, 0), staged.paid) as net
    from staged
    left join refunds on staged.order_id = refunds.order_id
    where staged.order_id not in (select order_id from two_sources)
),

built as (
    select order_id, currency, net_amount as net
    from core.fct_orders
    where {is_touched} and order_id not in (select order_id from two_sources)
),

totals as (
    select currency, count(*) as orders_staged, 0 as orders_built, sum(net) as staged, 0 as built
    from expected
    group by currency
    union all
    select currency, 0, count(*), 0, sum(net)
    from built
    group by currency
)

select
    currency,
    sum(orders_staged) as orders_staged,
    sum(orders_built) as orders_built,
    cast(sum(staged) as decimal(28, 4)) as net_staged,
    cast(sum(built) as decimal(28, 4)) as net_built
from totals
group by currency
""",
        key=("currency", "orders_staged", "orders_built", "net_staged", "net_built"),
        checks=(
            equal(
                "orders_staged",
                "orders_built",
                "no_order_is_lost",
                "Every placed order is in fct_orders once, and nothing else is.",
            ),
            equal(
                "net_staged",
                "net_built",
                "revenue_is_conserved",
                "Revenue in the reports is what the shop reported, to the last digit.",
            ),
        ),
    )


def _kept(night: Night) -> Suite:
    """Return the suite that holds orders to what their shop says is left of their items.

    What was refunded after the logical date does not count yet: such orders are left out.
    """
    is_touched = touched_rows(night, "fct_orders")
    return Suite(
        stage="model",
        table="core.fct_orders (against the shop)",
        rows=f"""
with told as (
    select order_id, max(kept_amount) as kept_amount
    from work.staging.stg_inbox__orders
    where kept_amount is not null and not is_deleted and {is_touched}
    group by order_id
)

select orders.order_id, orders.net_amount, told.kept_amount
from core.fct_orders as orders
inner join told on orders.order_id = told.order_id
where orders.order_id not in (
    select order_id
    from work.staging.stg_inbox__refunds
    where refunded_at >= {end(night)} and not is_deleted
)
""",
        key=("order_id", "net_amount", "kept_amount"),
        checks=(
            no_row(
                "revenue_is_what_the_shop_kept",
                "net_amount <> greatest(kept_amount, 0)",
                "gross - discount - gift cards - refunds = what the shop says is left of the items",
                "Something was sold, returned or kept that no amount here tells, or another file "
                "says other amounts of the order: look at it in the shop.",
                severity="warn",
            ),
        ),
    )
