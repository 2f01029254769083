"""Gate 2, what can't be true of the rows that landed for the night; all of it warns."""

from __future__ import annotations

from reachline.configuration.platforms import platforms
from reachline.quality.checks import Suite, no_row
from reachline.quality.facts import Night, day, landed_for
from reachline.sql import literal

FALL_SHARE = 0.1
FALL_FROM = 20
"""A counter may fall by so much of itself, and by so many, from one capture to the next.

People take a like back, comments are removed, and platforms take false counts away. The largest
such correction that was counted in public took Universal a seventh of its views on YouTube
(1.0 of 7 billion, December 2012, by SocialBlade's figures): that is news to a team, so the bound
lies below it. What a platform corrects from day to day lies far below the bound."""

ALIKE_FROM = 3
ALIKE_SHARE = 0.2
"""From so many orders on, and from this share of those that it could have, a source tells another's
orders under other ids. Two shops of 10,000 orders a day whose prices agree in one of ten orders
meet by chance in 1 % (0.12 orders a second, a tenth of them alike); a second door of one shop in
nearly all."""

_COUNTERS = ("likes", "comments", "shares", "saves", "views", "impressions")
"""What only grows, but for corrections. Reach is an estimate of people, and may fall."""

_MEASURED = "not is_deleted and value_basis = 'measured'"
_TWICE = (
    "Both are counted. Let one door tell them: take the stream out of a mapping, or write the id "
    "that the other has."
)


def suites(night: Night) -> list[Suite]:
    """Return the suites over the rows of the batches that landed for the night."""
    return [
        _captures(night),
        _falls(night),
        _currencies(night),
        _orders_of_two_doors(night),
        _refunds_of_two_doors(night),
        _payments_of_two_doors(),
    ]


def _captures(night: Night) -> Suite:
    counted = sorted(name for name, facts in platforms().items() if facts.who_likes_has_viewed)
    listed = ", ".join(map(literal, counted))
    return Suite(
        stage="staging",
        table="staging.captures_of_posts",
        rows=f"""
select
    source, platform, native_post_id, observed_at, likes, views, reach, impressions,
    platform in ({listed}) as has_views_of_all
from work.staging.stg_inbox__post_metrics
where {_MEASURED} and {landed_for(night)}
""",
        key=(
            *("source", "platform", "native_post_id", "observed_at"),
            *("likes", "views", "reach", "impressions"),
        ),
        checks=(
            no_row(
                "likes_are_of_views",
                "has_views_of_all and likes > views",
                f"no more likes than views in one capture of {', '.join(counted)}",
                "More people liked it than saw it: one of the two counts is of something else, "
                "such as views of videos alone. Leave such a column empty.",
                severity="warn",
            ),
            no_row(
                "reach_is_of_impressions",
                "reach > impressions",
                "no more people reached than impressions in one capture",
                "Each person who was reached is an impression: the two columns may be swapped.",
                severity="warn",
            ),
        ),
    )


def _falls(night: Night) -> Suite:
    """Return the suite of counters that are lower than they were told before this night.

    Captures are compared that landed under one name: what a source answers to two questions may be
    counted in two ways, as Instagram leaves boosts out of what it tells of others.
    """
    falling = {name: facts.may_fall for name, facts in platforms().items() if facts.may_fall}
    exempt = " or ".join(
        f"platform = {literal(name)} and metric in ({', '.join(map(literal, counts))})"
        for name, counts in falling.items()
    )
    names = ", ".join(f"known.{name}" for name in _COUNTERS)
    # max_by leaves out captures that do not tell a counter
    last = ", ".join(f"max_by({name}, observed_at) as {name}" for name in _COUNTERS)
    pairs = ",\n            ".join(
        f"{{'metric': '{name}', 'told': tonight.{name}, 'told_before': before.{name}}}"
        for name in _COUNTERS
    )
    return Suite(
        stage="staging",
        table="staging.counters_that_fall",
        rows=f"""
with captures as (
    select known.source, batches.stream as landed_stream, known.platform, known.native_post_id,
        known.observed_at, batches.logical_date, {names}
    from work.staging.stg_inbox__post_metrics as known
    inner join work.landing.batches as batches on known.batch_id = batches.batch_id
    where not known.is_deleted and known.value_basis = 'measured'
),

tonight as (
    select * from captures where logical_date = {day(night)}
),

before as (
    select
        source, landed_stream, platform, native_post_id, max(observed_at) as last_observed_at,
        {last}
    from captures
    semi join tonight using (source, landed_stream, platform, native_post_id)
    where logical_date < {day(night)}
    group by source, landed_stream, platform, native_post_id
),

counters as (
    select
        tonight.source, tonight.platform, tonight.native_post_id, tonight.observed_at,
        unnest([
            {pairs}
        ], recursive := true)
    from tonight
    inner join before using (source, landed_stream, platform, native_post_id)
    -- what came in late is not held to what was measured after it
    where tonight.observed_at > before.last_observed_at
)

select
    source, platform, native_post_id, observed_at, metric, told_before, told,
    told_before - told as fall,
    {exempt} as may_fall
from counters
where told < told_before
""",
        key=(
            *("source", "platform", "native_post_id", "observed_at"),
            *("metric", "told_before", "told"),
        ),
        checks=(
            no_row(
                "counters_do_not_fall",
                f"not may_fall and fall > {FALL_FROM} and fall > {FALL_SHARE} * told_before",
                f"no counter of a post lower than in the capture before by more than "
                f"{FALL_SHARE:.0%} and {FALL_FROM}",
                "The later count holds, and what the post gained is below zero: a platform took "
                "false counts away, or the source tells something else, such as one day's count.",
                severity="warn",
            ),
        ),
    )


_AMOUNTS = {
    "campaigns": ("budget is not null or goal_metric = 'revenue'", True),
    "collaborations": ("fee is not null or product_cost is not null", True),
    "payments": ("true", True),
    "orders": ("status = 'placed' and not coalesce(is_test, false)", False),
}
"""The rows of a stream that have an amount, and whether all are looked at or tonight's alone."""


def _currencies(night: Night) -> Suite:
    amounts = "\n    union all\n".join(
        f"    select '{stream}' as stream, source, currency, count(*) as amounts\n"
        f"    from work.staging.stg_inbox__{stream}\n"
        f"    where not is_deleted and currency is not null and ({has_amount})"
        f"{'' if is_whole else f' and {landed_for(night)}'}\n    group by all"
        for stream, (has_amount, is_whole) in _AMOUNTS.items()
    )
    return Suite(
        stage="staging",
        table="staging.currencies",
        rows=f"""
with legs as (
    select base_currency as from_currency, quote_currency as to_currency
    from work.staging.stg_inbox__fx_rates
    where not is_deleted and rate > 0 and rate_date <= {day(night)}
    union
    select quote_currency, base_currency
    from work.staging.stg_inbox__fx_rates
    where not is_deleted and rate > 0 and rate_date <= {day(night)}
),

-- straight to the reporting currency, or through one other
convertible as (
    select currency from work.config.reporting
    union
    select legs.from_currency
    from legs
    inner join work.config.reporting on legs.to_currency = reporting.currency
    union
    select first_leg.from_currency
    from legs as first_leg
    inner join legs as second_leg on first_leg.to_currency = second_leg.from_currency
    inner join work.config.reporting on second_leg.to_currency = reporting.currency
),

amounts as (
{amounts}
)

select
    amounts.stream, amounts.source, amounts.currency, amounts.amounts,
    convertible.currency is null as has_no_rate
from amounts
left join convertible on amounts.currency = convertible.currency
""",
        key=("stream", "source", "currency", "amounts"),
        checks=(
            no_row(
                "currencies_have_rates",
                "has_no_rate",
                "a rate of every currency by the night, to the reporting currency or through one "
                "other",
                "Its amounts count in no sum: land fx_rates of the currency, or correct its code.",
                severity="warn",
            ),
        ),
    )


def _orders_of_two_doors(night: Night) -> Suite:
    """Return the suite of sources that tell one shop's orders under ids of their own.

    Orders of one id are folded whoever tells them. Some sources tell the minute alone.
    """
    placed = "not is_deleted and status = 'placed' and not coalesce(is_test, false)"
    columns = (
        "source, order_id, ordered_at, date_trunc('minute', ordered_at) as minute, currency, "
        "gross_amount, list_sort(discount_codes) as codes"
    )
    return Suite(
        stage="staging",
        table="staging.orders_of_two_doors",
        rows=f"""
with tonight as (
    select {columns}
    from work.staging.stg_inbox__orders
    where {placed} and {landed_for(night)}
),

sources as (
    select distinct source from work.staging.stg_inbox__orders
),

known as (
    select {columns}
    from work.staging.stg_inbox__orders
    where {placed}
        and (select count(*) from sources) > 1
        and ordered_at >= (select min(minute) from tonight)
        and ordered_at < (select max(minute) from tonight) + interval 1 minute
),

-- those that the other source could tell: it was there, and does not know them by this id
open_orders as (
    select tonight.*, spans.source as other_source
    from tonight
    inner join (
        select source, min(minute) as first_minute, max(minute) as last_minute
        from known
        group by source
    ) as spans
        on tonight.source <> spans.source
        and tonight.minute between spans.first_minute and spans.last_minute
    anti join known
        on spans.source = known.source and tonight.order_id = known.order_id
),

alike as (
    select distinct open_orders.source, open_orders.other_source, open_orders.order_id
    from open_orders
    inner join known
        on open_orders.other_source = known.source
        and open_orders.minute = known.minute
        and open_orders.currency = known.currency
        and open_orders.gross_amount = known.gross_amount
    where (
        open_orders.ordered_at = known.ordered_at
        or open_orders.ordered_at = open_orders.minute
        or known.ordered_at = known.minute
    )
    and coalesce(open_orders.codes = known.codes, true)
),

found as (
    select source, other_source, count(*) as orders_alike from alike group by all
),

could as (
    select source, other_source, count(*) as orders from open_orders group by all
)

select could.source, could.other_source, could.orders, coalesce(found.orders_alike, 0) as alike
from could
left join found using (source, other_source)
""",
        key=("source", "other_source", "orders", "alike"),
        checks=(
            no_row(
                "two_sources_tell_different_orders",
                f"alike >= {ALIKE_FROM} and alike >= {ALIKE_SHARE} * orders",
                f"fewer than {ALIKE_SHARE:.0%} of a source's orders, or than {ALIKE_FROM}, with "
                "the moment, total and codes of another source's, but another id",
                _TWICE,
                severity="warn",
            ),
        ),
    )


def _refunds_of_two_doors(night: Night) -> Suite:
    return Suite(
        stage="staging",
        table="staging.refunds_of_two_doors",
        rows=f"""
with tonight as (
    select source, order_id, refund_id, refunded_at, amount
    from work.staging.stg_inbox__refunds
    where not is_deleted and {landed_for(night)}
)

select
    tonight.order_id, tonight.source, tonight.refund_id, tonight.amount,
    known.source as other_source, known.refund_id as other_refund_id
from tonight
inner join work.staging.stg_inbox__refunds as known
    on tonight.order_id = known.order_id
    and tonight.amount = known.amount
    and tonight.source <> known.source
    and tonight.refund_id <> known.refund_id
where not known.is_deleted
    and abs(date_diff('minute', tonight.refunded_at, known.refunded_at)) <= 1440
""",
        key=("order_id", "source", "refund_id", "other_source", "other_refund_id", "amount"),
        checks=(
            no_row(
                "two_sources_tell_different_refunds",
                "amount <> 0",
                "no refund with the order, amount and day of another source's, but another id",
                _TWICE,
                severity="warn",
            ),
        ),
    )


def _payments_of_two_doors() -> Suite:
    """Return the suite of payments; like all that marketing ops keep, they are looked at whole."""
    return Suite(
        stage="staging",
        table="staging.payments_of_two_doors",
        rows="""
select
    paid.collaboration_id, paid.source, paid.payment_id, paid.kind, paid.amount,
    known.source as other_source, known.payment_id as other_payment_id
from work.staging.stg_inbox__payments as paid
inner join work.staging.stg_inbox__payments as known
    on paid.collaboration_id = known.collaboration_id
    and paid.kind = known.kind
    and paid.incurred_on = known.incurred_on
    and paid.amount = known.amount
    and paid.currency = known.currency
    and paid.source < known.source
    and paid.payment_id <> known.payment_id
where not paid.is_deleted and not known.is_deleted
""",
        key=(
            *("collaboration_id", "kind", "source", "payment_id", "other_source"),
            *("other_payment_id", "amount"),
        ),
        checks=(
            no_row(
                "two_sources_tell_different_payments",
                "amount <> 0",
                "no payment with the collaboration, kind, day and amount of another source's, but "
                "another id",
                _TWICE,
                severity="warn",
            ),
        ),
    )
