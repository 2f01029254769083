"""Gate 3: core and reports keep their grain, their relations, their ranges and their sums."""

from __future__ import annotations

from dataclasses import dataclass

from reachline.quality.checks import (
    Check,
    Suite,
    between,
    equal,
    never_null,
    no_group,
    no_row,
    one_of,
    unique,
)
from reachline.quality.facts import Night


@dataclass(frozen=True)
class Touched:
    """The set of keys that a night touches in an incremental table: a model, and its columns."""

    model: str
    columns: tuple[str, ...]


# The same as in the models' own config (tests/gates hold the two together). What is not here is
# built whole each night, and small.
TOUCHED = {
    "compliance": Touched("int_touched__compliance", ("post_id",)),
    "dim_account": Touched("int_touched__accounts", ("account_id",)),
    "dim_account_history": Touched("int_touched__account_changes", ("account_id",)),
    "dim_hashtag": Touched("int_touched__hashtags", ("hashtag",)),
    "dim_post": Touched("int_touched__paid_posts", ("post_id",)),
    "fct_account_daily": Touched("int_touched__account_days", ("account_id", "date_day")),
    "fct_attribution": Touched("int_touched__orders", ("order_id",)),
    "fct_clicks": Touched("int_touched__click_sequences", ("click_id",)),
    "fct_hashtag_daily": Touched("int_touched__hashtag_days", ("platform", "hashtag", "date_day")),
    "fct_mentions": Touched("int_touched__mentions", ("post_id",)),
    "fct_orders": Touched("int_touched__orders", ("order_id",)),
    "fct_paid_post_metrics": Touched("int_touched__paid_totals", ("post_id",)),
    "fct_post_at_age": Touched("int_touched__post_ages", ("post_id",)),
    "fct_post_daily": Touched("int_touched__post_days", ("post_id", "date_day")),
    "fct_refunds": Touched("int_touched__refunds", ("refund_id",)),
    "post_performance": Touched("int_touched__post_performance", ("post_id",)),
    "hashtag_trends": Touched("int_touched__hashtag_weeks", ("platform", "hashtag", "week")),
    "rejects": Touched("int_touched__rejects", ("batch_id",)),
}

# Every table that readers rely on, with its grain.
CONTRACT: dict[str, tuple[str, ...]] = {
    "core.dim_brand": ("brand_id",),
    "core.dim_campaign": ("campaign_id",),
    "core.dim_creator": ("creator_id",),
    "core.dim_account": ("account_id",),
    "core.dim_account_history": ("account_id", "valid_from"),
    "core.dim_post": ("post_id",),
    "core.dim_hashtag": ("hashtag",),
    "core.dim_date": ("date_day",),
    "core.fct_account_daily": ("account_id", "date_day"),
    "core.fct_post_daily": ("post_id", "date_day"),
    "core.fct_post_at_age": ("post_id", "age_days"),
    "core.fct_paid_post_metrics": ("post_id", "metric"),
    "core.fct_hashtag_daily": ("platform", "hashtag", "date_day"),
    "core.fct_mentions": ("post_id", "brand_id", "kind"),
    "core.fct_clicks": ("click_id",),
    "core.fct_orders": ("order_id",),
    "core.fct_refunds": ("refund_id",),
    "core.fct_attribution": ("order_id", "method", "touch_number"),
    "core.fct_costs": ("cost_id",),
    "core.dim_fx_rate": ("currency", "date_day"),
    "reports.campaign_performance": ("campaign_id", "method"),
    "reports.collaboration_performance": ("collaboration_id", "method"),
    "reports.campaign_daily": ("campaign_id", "date_day"),
    "reports.post_performance": ("post_id",),
    "reports.share_of_voice": ("brand_id", "voice_brand_id", "week"),
    "reports.hashtag_trends": ("platform", "hashtag", "week"),
    "reports.creator_scorecard": ("account_id",),
    "reports.discovery_shortlist": ("brand_id", "account_id"),
    "reports.tier_benchmarks": ("platform", "tier"),
    "reports.compliance": ("post_id", "rule"),
    "reports.outreach_funnel": ("campaign_id", "channel"),
    "reports.campaign_pacing": ("campaign_id",),
    "reports.creator_relationships": ("brand_id", "creator_id"),
    "reports.fair_compensation": ("account_id",),
    "reports.data_health": ("source", "stream"),
    "quality.rejects": ("stream", "batch_id", "line"),
    "meta.run": ("logical_date",),
    "meta.metrics": ("metric",),
    "meta.thresholds": ("name",),
    "meta.batches": ("batch_id",),
    "meta.tables": ("table_schema", "table_name"),
    "meta.columns": ("table_schema", "table_name", "column_name"),
}

_TWICE = "A row that stands twice is counted twice in every sum above it."
_KEY = "A row without its key can't be joined and is lost to every report."
_NEGATIVE = "A count below zero is a broken source or a broken cast; sums over it are wrong."
_SHARE = "A share outside 0 to 1 is no share; charts and scores break on it."
_REVENUE = "With this much revenue unknown, return on spend would be wrong."
_SPEND = "With this much spend unknown, return on spend would look better than it is."
_FUTURE = "Nothing after the logical date counts: a later event would change past reports."

METHODS = (
    "code_then_click",
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "shapley",
    "time_decay",
)

_RATES = ("er_followers", "er_views", "er_reach")
_POST_COUNTS = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")


def suites(night: Night) -> list[Suite]:
    """Return the suites of gate 3."""
    return [
        _grain(
            night,
            "core.dim_brand",
            one_of("role", ("own", "competitor"), "Roles decide who is compared with whom."),
        ),
        _grain(
            night,
            "core.dim_campaign",
            one_of("status", ("planned", "running", "ended"), "Filters on status miss the row."),
            no_row(
                "days_are_in_order",
                "starts_on > ends_on",
                "starts_on at or before ends_on",
                "A campaign that ends before it starts has no days and no posts.",
                severity="warn",
            ),
            columns=("status", "starts_on", "ends_on"),
        ),
        _grain(
            night,
            "core.dim_creator",
            between("accounts", _NEGATIVE, low=0),
            between("followers_total", _NEGATIVE, low=0),
        ),
        _grain(
            night,
            "core.dim_account",
            between("followers", _NEGATIVE, low=0),
            between("following", _NEGATIVE, low=0),
            one_of(
                "tier",
                ("nano", "micro", "mid", "macro", "mega"),
                "A tier that no report knows drops the account from benchmarks.",
            ),
            no_row(
                "seen_in_order",
                "first_seen_at > last_seen_at",
                "first_seen_at at or before last_seen_at",
                "An account can't be last seen before it was first seen.",
            ),
            columns=("followers", "following", "tier", "first_seen_at", "last_seen_at"),
        ),
        _account_history(night),
        _grain(
            night,
            "core.dim_post",
            no_row(
                "published_by_the_logical_date",
                f"published_at >= {_end(night)}",
                "published_at before the end of the logical date",
                _FUTURE,
            ),
            no_row(
                "a_language_says_where_it_is_from",
                "(language is null) <> (is_language_detected is null)",
                "is_language_detected where language is known, and only there",
                "An estimate that is taken for what the platform says is wrong without a trace.",
            ),
            _has("account_id", "core.dim_account"),
            columns=("published_at", "account_id", "language", "is_language_detected"),
            parents=(("account_id", "core.dim_account"),),
        ),
        _grain(night, "core.dim_hashtag", between("posts", _NEGATIVE, low=0)),
        _grain(night, "core.dim_date"),
        _grain(
            night,
            "core.fct_account_daily",
            *(between(c, _NEGATIVE, low=0) for c in ("followers", "following", "posts_count")),
            _by_the_logical_date(night),
            _has("account_id", "core.dim_account"),
            columns=("followers", "following", "posts_count"),
            parents=(("account_id", "core.dim_account"),),
        ),
        _grain(
            night,
            "core.fct_post_daily",
            *(between(c, _NEGATIVE, low=0) for c in (*_POST_COUNTS, "engagements")),
            _engagements_add_up(),
            _by_the_logical_date(night),
            _has("post_id", "core.dim_post"),
            columns=(*_POST_COUNTS, "engagements"),
            parents=(("post_id", "core.dim_post"),),
        ),
        _grain(
            night,
            "core.fct_post_at_age",
            *(between(c, _NEGATIVE, low=0) for c in (*_POST_COUNTS, "engagements")),
            *(between(c, "An engagement rate below zero is no rate.", low=0) for c in _RATES),
            no_row(
                "age_days_is_known",
                "age_days not in (1, 7, 30)",
                "age_days in (1, 7, 30)",
                "Rates are compared at these ages only.",
            ),
            columns=(*_POST_COUNTS, "engagements", "er_followers", "er_views", "er_reach"),
        ),
        _grain(
            night,
            "core.fct_paid_post_metrics",
            between("number", _NEGATIVE, low=0),
            between("emv", "What people did is worth nothing at least.", low=0),
            one_of(
                "metric",
                (*_POST_COUNTS, "engagements"),
                "The reports add up these; a value of another is lost to them.",
            ),
            no_row(
                "measured_by_the_logical_date",
                f"observed_at >= {_end(night)}",
                "observed_at before the end of the logical date",
                _FUTURE,
            ),
            _has("post_id", "core.dim_post"),
            columns=("number", "emv", "observed_at"),
            parents=(("post_id", "core.dim_post"),),
        ),
        _grain(
            night,
            "core.fct_hashtag_daily",
            between("posts", _NEGATIVE, low=0),
            between("accounts", _NEGATIVE, low=0),
            no_row(
                "no_more_accounts_than_posts",
                "accounts > posts",
                "accounts at most posts",
                "Each post has one account at most: more means that a join doubled rows.",
            ),
            _by_the_logical_date(night),
            columns=("posts", "accounts"),
        ),
        _grain(
            night,
            "core.fct_mentions",
            one_of(
                "kind",
                ("tag", "hashtag", "keyword", "link"),
                "Share of voice counts these kinds only.",
            ),
            one_of("relationship", ("owned", "paid", "earned"), "Reports split by these three."),
            _has("post_id", "core.dim_post"),
            _has("brand_id", "core.dim_brand"),
            columns=("relationship",),
            parents=(("post_id", "core.dim_post"), ("brand_id", "core.dim_brand")),
        ),
        _grain(
            night,
            "core.fct_clicks",
            no_row(
                "valid_is_neither_bot_nor_duplicate",
                "is_valid is distinct from (not is_bot and not is_duplicate)",
                "is_valid = not is_bot and not is_duplicate",
                "Bots and double clicks must not earn anybody credit.",
            ),
            no_row(
                "clicked_by_the_logical_date",
                f"clicked_at >= {_end(night)}",
                "clicked_at before the end of the logical date",
                _FUTURE,
            ),
            columns=("clicked_at", "is_valid", "is_bot", "is_duplicate"),
        ),
        _orders(night),
        _grain(
            night,
            "core.fct_refunds",
            between("amount", "A refund below zero would raise revenue.", low=0),
            no_row(
                "refunded_by_the_logical_date",
                f"refunded_at >= {_end(night)}",
                "refunded_at before the end of the logical date",
                _FUTURE,
            ),
            columns=("amount", "refunded_at"),
        ),
        _costs(night),
        _grain(
            night,
            "core.dim_fx_rate",
            no_row(
                "rate_is_above_zero",
                "not coalesce(rate > 0, false)",
                "a rate above 0",
                "Amounts at a rate of 0 or less vanish or change their sign.",
            ),
            _by_the_logical_date(night),
            columns=("rate",),
        ),
        _conversion(night, "core.fct_orders", "net_revenue", "ordered_on", "order", _REVENUE),
        _conversion(night, "core.fct_costs", "amount", "incurred_on", "cost", _SPEND),
        _conservation(night),
        _attribution(night),
        _attribution_of_orders(night),
        _attribution_of_days(night),
        _attribution_of_collaborations(night),
        _performance(night, "reports.campaign_performance"),
        _performance(night, "reports.collaboration_performance"),
        _campaigns_of_collaborations(),
        _grain(
            night,
            "reports.campaign_daily",
            *(
                between(c, _NEGATIVE, low=0)
                for c in ("posts", "valid_clicks", "attributed_orders", "attributed_revenue")
            ),
            _by_the_logical_date(night),
            _has("campaign_id", "core.dim_campaign"),
            parents=(("campaign_id", "core.dim_campaign"),),
        ),
        _post_performance(night),
        _share_of_voice(night),
        _grain(
            night,
            "reports.hashtag_trends",
            between("posts", _NEGATIVE, low=0),
            between(
                "growth", "Growth can't fall below -1: no week has fewer than no posts.", low=-1
            ),
        ),
        _creator_scorecard(night),
        _scorecards_of_accounts(),
        _discovery_shortlist(night),
        _nobody_to_leave_alone(),
        _grain(
            night,
            "reports.tier_benchmarks",
            between("accounts", _NEGATIVE, low=0),
            no_row(
                "quartiles_are_in_order",
                "er_followers_p25 > er_followers_p50 or er_followers_p50 > er_followers_p75",
                "p25 at most p50 at most p75",
                "Quartiles out of order are quartiles of something else.",
            ),
            no_row(
                "intervals_hold_their_figure",
                "er_followers_p50_low > er_followers_p50"
                " or er_followers_p50_high < er_followers_p50"
                " or ratio_to_macro_low > ratio_to_macro or ratio_to_macro_high < ratio_to_macro"
                " or (accounts < 6) is distinct from (er_followers_p50_low is null)"
                " or (accounts < 6) is distinct from (er_followers_p50_high is null)",
                "low <= figure <= high, from 6 accounts on",
                "An interval beside its figure says that the figure is certainly wrong.",
            ),
            columns=(
                *("accounts", "er_followers_p25", "er_followers_p50", "er_followers_p75"),
                *("er_followers_p50_low", "er_followers_p50_high"),
                *("ratio_to_macro", "ratio_to_macro_low", "ratio_to_macro_high"),
            ),
        ),
        _compliance(night),
        _compliance_of_posts(night),
        _outreach_funnel(night),
        _campaign_pacing(night),
        _creator_relationships(night),
        _relationships_of_collaborations(),
        _fair_compensation(night),
        _grain(
            night,
            "reports.data_health",
            between("rows_7d", _NEGATIVE, low=0),
            no_row(
                "sources_are_fresh",
                "freshness in ('stale', 'error')",
                "every source within its bounds in config/sources.yml",
                "Numbers of a source that has stopped look right and are old.",
                severity="warn",
            ),
            columns=("rows_7d", "freshness"),
        ),
        _grain(night, "quality.rejects"),
        _grain(
            night,
            "meta.run",
            no_row(
                "run_is_of_this_night",
                f"logical_date <> date '{night.logical_date}'",
                f"logical_date {night.logical_date}",
                "Readers look here for the day up to which everything counts.",
            ),
        ),
        _grain(night, "meta.metrics"),
        _grain(night, "meta.thresholds"),
        _grain(night, "meta.batches"),
        _grain(night, "meta.tables"),
        _grain(
            night,
            "meta.columns",
            no_row(
                "every_column_is_described",
                "trim(description) = ''",
                "a description of every published column",
                "A figure that nobody explains is read as whatever its name suggests.",
            ),
            columns=("description",),
        ),
    ]


def _rows(
    night: Night,
    table: str,
    columns: tuple[str, ...],
    parents: tuple[tuple[str, str], ...] = (),
) -> str:
    name = table.split(".", 1)[1]
    listed = ",\n    ".join(f"rows.{column}" for column in dict.fromkeys(columns))
    flags, joins = "", ""
    for number, (column, parent) in enumerate(parents):
        flags += (
            f",\n    rows.{column} is not null and parent_{number}.{column} is null "
            f"as {column}_is_unknown"
        )
        joins += (
            f"\nleft join (select {column} from {parent}) as parent_{number}"
            f"\n    on rows.{column} = parent_{number}.{column}"
        )
    touched = TOUCHED.get(name)
    source = f"{table} as rows"
    if touched is not None and not night.looks_at_all_of(name):
        keys = ", ".join(touched.columns)
        same = " and ".join(f"rows.{key} = touched.{key}" for key in touched.columns)
        source = (
            f"{table} as rows\nsemi join (select {keys} from work.intermediate.{touched.model}) "
            f"as touched\n    on {same}"
        )
        if joins:
            source = f"(\n    select rows.* from {source}\n) as rows"
    return f"select\n    {listed}{flags}\nfrom {source}{joins}"


def _grain(
    night: Night,
    table: str,
    *checks: Check,
    columns: tuple[str, ...] = (),
    parents: tuple[tuple[str, str], ...] = (),
) -> Suite:
    """Return a suite that holds a table to its grain, and to `checks` beside it."""
    grain = CONTRACT[table]
    used = columns or tuple(
        str(check.arguments["column"]) for check in checks if "column" in check.arguments
    )
    return Suite(
        stage="model",
        table=table,
        rows=_rows(night, table, (*grain, *used), parents),
        key=grain,
        checks=(
            unique(grain, _TWICE),
            *(never_null(column, _KEY) for column in grain),
            *checks,
        ),
    )


def _end(night: Night) -> str:
    return f"timestamp '{night.as_of_end}'"


def _by_the_logical_date(night: Night) -> Check:
    return no_row(
        "dated_by_the_logical_date",
        f"date_day > date '{night.logical_date}'",
        f"date_day at most {night.logical_date}",
        _FUTURE,
    )


def _has(column: str, parent: str) -> Check:
    return no_row(
        f"{column}_is_in_{parent.split('.')[1]}",
        f"{column}_is_unknown",
        f"every {column} in {parent}",
        f"A row whose {column} is not in {parent} is lost in every join.",
    )


def _engagements_add_up() -> Check:
    parts = ("likes", "comments", "shares", "saves")
    total = " + ".join(f"coalesce({part}, 0)" for part in parts)
    all_null = " and ".join(f"{part} is null" for part in parts)
    return no_row(
        "engagements_add_up",
        f"engagements is distinct from case when not ({all_null}) then {total} end",
        "engagements = likes + comments + shares + saves, NULL where all are",
        "Engagements are what every rate is made of.",
    )


def _account_history(night: Night) -> Suite:
    return _grain(
        night,
        "core.dim_account_history",
        no_row(
            "spans_are_in_order",
            "valid_to <= valid_from",
            "valid_from before valid_to",
            "A span that ends before it starts is found by no date.",
        ),
        no_group(
            "one_span_is_current",
            "select account_id, min(valid_from) as valid_from from looked_at "
            "group by account_id having count(*) filter (where is_current) <> 1",
            "one current span an account",
            "A join on is_current would double or lose the account.",
        ),
        columns=("valid_to", "is_current"),
    )


def _orders(night: Night) -> Suite:
    return _grain(
        night,
        "core.fct_orders",
        between("net_revenue", "Refunds count up to what was paid, and no further.", low=0),
        between("touches", _NEGATIVE, low=0),
        no_row(
            "ordered_by_the_logical_date",
            f"ordered_at >= {_end(night)}",
            "ordered_at before the end of the logical date",
            _FUTURE,
        ),
        columns=("ordered_at", "net_revenue", "touches"),
    )


def _costs(night: Night) -> Suite:
    return _grain(
        night,
        "core.fct_costs",
        one_of(
            "kind",
            ("fee", "product", "commission", "shipping", "boost"),
            "What a collaboration costs is made of these kinds.",
        ),
        one_of("status", ("committed", "paid"), "Costs are promised or paid."),
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
            _FUTURE,
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
    touched = TOUCHED["fct_orders"]
    restriction = (
        "true"
        if night.looks_at_all_of("fct_orders")
        else f"order_id in (select order_id from work.intermediate.{touched.model})"
    )
    return Suite(
        stage="model",
        table="core.fct_orders (against staging)",
        rows=f"""
with staged as (
    select
        order_id,
        currency,
        gross_amount - coalesce(discount_amount, 0) as paid
    from work.staging.stg_inbox__orders
    where {restriction}
    qualify count(*) over (partition by order_id) = 1
        and not is_deleted
        and status = 'placed'
        and not coalesce(is_test, false)
        and ordered_at < {_end(night)}
),

refunds as (
    select order_id, sum(amount) as refunded
    from work.staging.stg_inbox__refunds
    where not is_deleted and refunded_at < {_end(night)} and {restriction}
    group by order_id
),

two_sources as (
    select order_id
    from work.staging.stg_inbox__orders
    where {restriction}
    group by order_id
    having count(*) > 1
    union
    select order_id
    from work.staging.stg_inbox__refunds
    where {restriction}
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
    where {restriction} and order_id not in (select order_id from two_sources)
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


def _attribution(night: Night) -> Suite:
    return _grain(
        night,
        "core.fct_attribution",
        one_of("method", METHODS, "Reports have a row for these methods only."),
        one_of("touch_kind", ("click", "code", "none"), "Filters on touch_kind miss the row."),
        between("credit", _SHARE, low=0, high=1),
        no_row(
            "credit_is_somebodys_or_unattributed",
            "(touch_kind = 'none') is distinct from (collaboration_id is null) "
            "or (touch_kind = 'none') is distinct from (touch_number = 0)",
            "no collaboration and touch_number 0 where touch_kind is none, and there only",
            "Credit of a touch without a collaboration is in no campaign, and nobody misses it.",
        ),
        _has("order_id", "core.fct_orders"),
        columns=("touch_kind", "credit", "collaboration_id"),
        parents=(("order_id", "core.fct_orders"),),
    )


_METHOD_ROWS = ", ".join(f"('{method}')" for method in METHODS)


def _attribution_of_orders(night: Night) -> Suite:
    """Return the suite that holds each order and method to the whole of the order."""
    touched = TOUCHED["fct_attribution"]
    restriction = (
        "true"
        if night.looks_at_all_of("fct_attribution")
        else f"order_id in (select order_id from work.intermediate.{touched.model})"
    )
    return Suite(
        stage="model",
        table="core.fct_attribution (against orders)",
        rows=f"""
with orders as (
    select orders.order_id, methods.method, orders.net_revenue, orders.gross_profit
    from core.fct_orders as orders
    cross join (values {_METHOD_ROWS}) as methods (method)
    where {restriction}
),

attributed as (
    select
        order_id,
        method,
        sum(credit) as credit,
        cast(sum(attributed_revenue) as decimal(18, 4)) as attributed_revenue,
        cast(sum(attributed_profit) as decimal(18, 4)) as attributed_profit
    from core.fct_attribution
    where {restriction}
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


def _performance(night: Night, table: str) -> Suite:
    return _grain(
        night,
        table,
        one_of("method", METHODS, "A method that nobody knows is compared with nothing."),
        *(
            between(c, _NEGATIVE, low=0)
            for c in ("posts", "valid_clicks", "attributed_orders", "attributed_revenue")
        ),
        between("profit_coverage", _SHARE, low=0, high=1),
        no_row(
            "intervals_hold_their_rate",
            "ctr_low > ctr or ctr_high < ctr "
            "or conversion_rate_low > conversion_rate or conversion_rate_high < conversion_rate",
            "low <= rate <= high",
            "An interval beside its rate says that the rate is certainly wrong.",
        ),
        no_row(
            "nothing_is_divided_by_no_cost",
            "cost_committed = 0 and (roi is not null or roas is not null)",
            "roi and roas NULL where there is no cost",
            "A return on nothing spent is infinite, and would lead every ranking.",
        ),
        columns=(
            "posts",
            "valid_clicks",
            "attributed_orders",
            "attributed_revenue",
            "profit_coverage",
            "cost_committed",
            "roi",
            "roas",
            *(f"{rate}{end}" for rate in _CLICK_RATES for end in ("", "_low", "_high")),
        ),
    )


_CLICK_RATES = ("ctr", "conversion_rate")
_SUMS = (
    "posts",
    "engagements",
    "reach_sum_of_posts",
    "impressions",
    "valid_clicks",
    "attributed_orders",
    "attributed_revenue",
    "attributed_profit",
    "cost_committed",
    "cost_paid",
    "emv",
)


def _campaigns_of_collaborations() -> Suite:
    """Return the suite that adds the collaborations of each campaign up a second time."""
    summed = ", ".join(f"sum({name}) as {name}_summed" for name in _SUMS)
    pairs = ", ".join(
        f"campaigns.{name}, sums.{name}_summed"
        if name in ("engagements", "reach_sum_of_posts", "impressions")
        else f"campaigns.{name}, coalesce(sums.{name}_summed, 0) as {name}_summed"
        for name in _SUMS
    )
    return Suite(
        stage="model",
        table="reports.campaign_performance (against collaborations)",
        rows=f"""
with sums as (
    select campaign_id, method, {summed}
    from reports.collaboration_performance
    group by campaign_id, method
)

select campaigns.campaign_id, campaigns.method, {pairs}
from reports.campaign_performance as campaigns
left join sums on campaigns.campaign_id = sums.campaign_id and campaigns.method = sums.method
""",
        key=("campaign_id", "method"),
        checks=tuple(
            equal(
                name,
                f"{name}_summed",
                f"{name}_is_the_sum_of_collaborations",
                "A campaign that is not the sum of its collaborations has lost or doubled one.",
            )
            for name in _SUMS
        ),
    )


def _post_performance(night: Night) -> Suite:
    counts = ("engagements", "views", "reach", "impressions")
    rates = tuple(f"{rate}_{age}d" for age in (1, 7, 30) for rate in _RATES)
    return _grain(
        night,
        "reports.post_performance",
        *(between(count, _NEGATIVE, low=0) for count in counts),
        *(between(rate, "An engagement rate below zero is no rate.", low=0) for rate in rates),
        between("emv", "Nothing that people do with a post is worth less than nothing.", low=0),
        one_of(
            "disclosure",
            ("pass", "weak", "missing"),
            "Who looks for posts that break the rule finds them by these words.",
        ),
        no_row(
            "token_has_its_place",
            "(disclosure_token is null) <> (disclosure_position is null) "
            "or disclosure_position < 1 or disclosure = 'weak' and disclosure_token is null",
            "a token with its place from 1, or neither; a weak disclosure has one",
            "A grade that nobody can look up in the text can't be argued with.",
        ),
        _has("post_id", "core.dim_post"),
        _has("campaign_id", "core.dim_campaign"),
        columns=(
            *(*counts, *rates, "emv", "disclosure", "disclosure_token", "disclosure_position"),
            "campaign_id",
        ),
        parents=(("post_id", "core.dim_post"), ("campaign_id", "core.dim_campaign")),
    )


def _share_of_voice(night: Night) -> Suite:
    return _grain(
        night,
        "reports.share_of_voice",
        between("share_of_posts", _SHARE, low=0, high=1),
        between("share_of_engagements", _SHARE, low=0, high=1),
        *(between(c, _NEGATIVE, low=0) for c in ("mentions", "posts")),
        no_group(
            "shares_add_up_to_one",
            "select brand_id, min(voice_brand_id) as voice_brand_id, week from looked_at "
            "group by brand_id, week having abs(sum(share_of_posts) - 1) > 1e-9",
            "shares of a brand and week that add to 1",
            "A market of more or less than 100 % has lost or doubled a voice.",
        ),
        columns=("share_of_posts", "share_of_engagements", "mentions", "posts"),
    )


def _outreach_funnel(night: Night) -> Suite:
    return _grain(
        night,
        "reports.outreach_funnel",
        between("median_days_to_reply", "Nobody replies before they are asked.", low=0),
        no_row(
            "who_replied_was_contacted",
            "replied > contacted or agreed > contacted",
            "replied and agreed at most contacted",
            "Rates above 1 say that contacts are not noted: add their rows to outreach.",
            severity="warn",
        ),
        _has("campaign_id", "core.dim_campaign"),
        columns=("median_days_to_reply", "contacted", "replied", "agreed"),
        parents=(("campaign_id", "core.dim_campaign"),),
    )


def _campaign_pacing(night: Night) -> Suite:
    counts = ("deliverables", "deliverables_due", "deliverables_live", "deliverables_late")
    return _grain(
        night,
        "reports.campaign_pacing",
        *(between(c, _NEGATIVE, low=0) for c in (*counts, "elapsed_days")),
        no_row(
            "deliverables_are_parts_of_the_whole",
            "deliverables_late > deliverables_due "
            "or greatest(deliverables_due, deliverables_live + deliverables_late) > deliverables",
            "late at most due; due, and live and late together, at most all",
            "A join that doubled rows calls creators late who delivered.",
        ),
        no_row(
            "no_more_days_than_there_are",
            "elapsed_days > total_days",
            "elapsed_days at most total_days",
            "More would be expected of the campaign than its goal.",
        ),
        one_of(
            "status",
            ("planned", "ended", "ahead", "behind", "on_track"),
            "Who looks for campaigns that fall behind finds them by these words.",
        ),
        no_row(
            "status_says_what_the_pacing_does",
            "status in ('ahead', 'behind', 'on_track') and status is distinct from "
            "case when pacing >= 1.1 then 'ahead' when pacing < 0.9 then 'behind' "
            "when pacing is not null then 'on_track' end",
            "ahead from 1.1, behind below 0.9, on_track between",
            "Money is moved by this word.",
        ),
        _has("campaign_id", "core.dim_campaign"),
        columns=(*counts, "elapsed_days", "total_days", "pacing", "status"),
        parents=(("campaign_id", "core.dim_campaign"),),
    )


def _creator_relationships(night: Night) -> Suite:
    return _grain(
        night,
        "reports.creator_relationships",
        between("collaborations", "A relationship has a live collaboration.", low=1),
        between("tenure_days", _NEGATIVE, low=0),
        between("profit_coverage", _SHARE, low=0, high=1),
        one_of(
            "status",
            ("active", "new", "lapsed"),
            "Who looks for creators to win back finds them by these words.",
        ),
        no_row(
            "nothing_is_divided_by_no_cost",
            "cost = 0 and roi is not null",
            "roi NULL where there is no cost",
            "A return on nothing spent is infinite, and would lead every ranking.",
        ),
        no_row(
            "a_star_has_lapsed_and_earned",
            "is_lapsed_star and (status <> 'lapsed' or not coalesce(roi > 0, false))",
            "is_lapsed_star only where the status is lapsed and roi above 0",
            "Creators are asked back because of this mark.",
        ),
        columns=(
            *("collaborations", "tenure_days", "profit_coverage", "status", "cost", "roi"),
            "is_lapsed_star",
        ),
    )


def _creator_scorecard(night: Night) -> Suite:
    counts = ("posts_measured", "peers", "posts_90d")
    rates = ("er_followers_pooled", "er_followers_median", "er_followers_shrunk", "er_views_pooled")
    return _grain(
        night,
        "reports.creator_scorecard",
        *(between(count, _NEGATIVE, low=0) for count in counts),
        *(between(rate, "An engagement rate below zero is no rate.", low=0) for rate in rates),
        between("er_percentile", _SHARE, low=0, high=1),
        between("paid_posts_share", _SHARE, low=0, high=1),
        no_row(
            "rates_rest_on_posts",
            "posts_measured > posts_90d or (posts_measured = 0) <> (er_followers_pooled is null) "
            "or posts_measured = 0 and er_percentile is not null",
            "measured posts among all posts; rates where there are measured posts, and only there",
            "A rate without posts ranks creators by nothing.",
        ),
        no_row(
            "penalties_add_up_to_the_score",
            "authenticity_score is distinct from greatest(100 - coalesce(list_sum(list_transform("
            "authenticity_penalties, lambda text: cast(split_part(text, ': -', 2) as integer))), "
            "0), 0)",
            "authenticity_score = 100 - the points of its penalties, not below 0",
            "A score whose penalties don't explain it can't be defended before a creator.",
        ),
        no_row(
            "suspicion_follows_the_score",
            "is_suspicious is distinct from "
            f"(authenticity_score < {night.thresholds.authenticity_min_score})",
            "is_suspicious where authenticity_score is below thresholds.authenticity_min_score, "
            "and only there",
            "An account that is called suspicious must be so by the team's own bound.",
        ),
        columns=(
            *(*counts, *rates, "er_percentile", "paid_posts_share"),
            *("authenticity_score", "authenticity_penalties", "is_suspicious"),
        ),
    )


_RELATION_SUMS = ("attributed_revenue", "attributed_profit", "cost")


def _relationships_of_collaborations() -> Suite:
    """Return the suite that adds the collaborations of each pair up a second time."""
    pairs = ", ".join(f"pairs.{name}, sums.{name}_summed" for name in _RELATION_SUMS)
    return Suite(
        stage="model",
        table="reports.creator_relationships (against collaborations)",
        rows=f"""
with sums as (
    select
        campaigns.brand_id,
        rows.creator_id,
        count(*) filter (where rows.is_live) as collaborations_counted,
        sum(rows.attributed_revenue) as attributed_revenue_summed,
        sum(rows.attributed_profit) as attributed_profit_summed,
        sum(rows.cost_committed) as cost_summed
    from reports.collaboration_performance as rows
    inner join core.dim_campaign as campaigns on rows.campaign_id = campaigns.campaign_id
    where rows.is_default_method
    group by campaigns.brand_id, rows.creator_id
    having bool_or(rows.is_live)
)

select
    coalesce(pairs.brand_id, sums.brand_id) as brand_id,
    coalesce(pairs.creator_id, sums.creator_id) as creator_id,
    pairs.collaborations, sums.collaborations_counted, {pairs}
from reports.creator_relationships as pairs
full join sums on pairs.brand_id = sums.brand_id and pairs.creator_id = sums.creator_id
""",
        key=("brand_id", "creator_id"),
        checks=(
            equal(
                "collaborations",
                "collaborations_counted",
                "every_live_collaboration_counts_once",
                "A creator who is left out is not asked again; one counted twice looks loyal.",
            ),
            *(
                equal(
                    name,
                    f"{name}_summed",
                    f"{name}_is_the_sum_of_collaborations",
                    "A relationship that is not the sum of its collaborations lost or doubled one.",
                )
                for name in _RELATION_SUMS
            ),
        ),
    )


def _scorecards_of_accounts() -> Suite:
    """Return the suite that looks for accounts without a scorecard, and the other way round."""
    return Suite(
        stage="model",
        table="reports.creator_scorecard (against accounts)",
        rows="""
select
    coalesce(accounts.account_id, cards.account_id) as account_id,
    accounts.account_id is null or cards.account_id is null as is_alone
from (select account_id from core.dim_account) as accounts
full join (select account_id from reports.creator_scorecard) as cards
    on accounts.account_id = cards.account_id
""",
        key=("account_id",),
        checks=(
            no_row(
                "every_account_has_a_scorecard",
                "is_alone",
                "a scorecard of every account in core.dim_account, and of no other",
                "Who has no scorecard is never found, and never vetted.",
            ),
        ),
    )


_RULES = (
    "disclosure",
    "required_hashtags",
    "required_mentions",
    "forbidden_terms",
    "on_time",
    "tracking",
)


def _compliance(night: Night) -> Suite:
    return _grain(
        night,
        "reports.compliance",
        one_of("rule", _RULES, "A rule that nobody knows is asked for by nobody."),
        one_of("result", ("pass", "weak", "fail"), "Filters on the result miss the row."),
        never_null("evidence", "A result that nobody can look up can't be argued with."),
        no_row(
            "some_rules_are_kept_or_not",
            "result = 'weak' and rule not in ('disclosure', 'tracking') "
            "or rule = 'disclosure' and result is null",
            "weak only of disclosure and tracking; a result of every disclosure",
            "Half kept is a word for these two; every paid post owes a disclosure.",
        ),
        _has("post_id", "core.dim_post"),
        _has("campaign_id", "core.dim_campaign"),
        columns=("result", "evidence", "campaign_id"),
        parents=(("post_id", "core.dim_post"), ("campaign_id", "core.dim_campaign")),
    )


def _compliance_of_posts(night: Night) -> Suite:
    """Return the suite that holds paid posts to all their rules, and grades to post_performance."""
    touched = TOUCHED["compliance"]
    restriction = (
        "true"
        if night.looks_at_all_of("compliance")
        else f"post_id in (select post_id from work.intermediate.{touched.model})"
    )
    return Suite(
        stage="model",
        table="reports.compliance (against posts)",
        rows=f"""
with posts as (
    select post_id, collaboration_id
    from core.dim_post
    where collaboration_id is not null and {restriction}
),

grades as (
    select post_id, case when disclosure = 'missing' then 'fail' else disclosure end as disclosure
    from reports.post_performance
    where {restriction}
),

rules as (
    select
        post_id,
        count(*) as rules,
        min(collaboration_id) as collaboration_id,
        max(result) filter (where rule = 'disclosure') as disclosure
    from reports.compliance
    where {restriction}
    group by post_id
)

select
    coalesce(posts.post_id, rules.post_id) as post_id,
    posts.collaboration_id,
    rules.collaboration_id as collaboration_held_to,
    coalesce(rules.rules, 0) as rules,
    grades.disclosure as disclosure,
    rules.disclosure as disclosure_held_to
from posts
full join rules on posts.post_id = rules.post_id
left join grades on posts.post_id = grades.post_id
""",
        key=("post_id",),
        checks=(
            no_row(
                "every_paid_post_has_every_rule",
                f"rules <> {len(_RULES)}",
                f"{len(_RULES)} rules of every paid post",
                "A post that is not looked at seems to have kept to its brief.",
            ),
            equal(
                "collaboration_id",
                "collaboration_held_to",
                "posts_are_held_to_their_own_brief",
                "A creator is blamed for what another was asked for.",
            ),
            equal(
                "disclosure",
                "disclosure_held_to",
                "disclosures_are_those_of_post_performance",
                "Two tables that grade one post differently are both doubted.",
            ),
        ),
    )


def _discovery_shortlist(night: Night) -> Suite:
    shares = ("score", "relevance", "er_percentile", "affinity")
    doors = (
        "len(works_with_competitors) > 0",
        "is_customer",
        "recommended_by > 0",
        "len(event_ids) > 0",
    )
    held = " + ".join(f"cast({door} as integer)" for door in doors)
    return _grain(
        night,
        "reports.discovery_shortlist",
        *(between(share, _SHARE, low=0, high=1) for share in shares),
        between("recommended_by", _NEGATIVE, low=0),
        no_row(
            "affinity_counts_what_holds",
            f"affinity is distinct from ({held}) / 4",
            "affinity = the share of the four that hold: competitor, customer, recommended, event",
            "A score that its own columns don't explain can't be trusted.",
        ),
        no_row(
            "a_door_is_open",
            "relevance = 0 and affinity = 0 or coalesce(trim(reasons), '') = ''",
            "a fitting post or a link to the brand, told in reasons",
            "Nobody is written to without a reason.",
        ),
        no_group(
            "ranks_follow_the_scores",
            "select brand_id, account_id from (select brand_id, account_id, rank, row_number() "
            "over (partition by brand_id order by score desc, followers desc, account_id) as place "
            "from looked_at) where rank is distinct from place",
            "ranks from 1 on by score, then followers, then account_id",
            "Who is read first is who is approached.",
        ),
        _has("account_id", "core.dim_account"),
        _has("brand_id", "core.dim_brand"),
        columns=(
            *(*shares, "rank", "followers", "works_with_competitors", "is_customer"),
            *("recommended_by", "event_ids", "reasons"),
        ),
        parents=(("account_id", "core.dim_account"), ("brand_id", "core.dim_brand")),
    )


def _nobody_to_leave_alone() -> Suite:
    """Return the suite that looks for those who must not stand on the shortlist."""
    return Suite(
        stage="model",
        table="reports.discovery_shortlist (who must not stand there)",
        rows="""
select
    shortlist.brand_id,
    shortlist.account_id,
    coalesce(accounts.is_bot, false) or coalesce(accounts.is_noindex, false) as is_hidden,
    exists (
        select 1
        from reports.collaboration_performance as collaborations
        inner join core.dim_campaign as campaigns
            on collaborations.campaign_id = campaigns.campaign_id
        where
            collaborations.creator_id = accounts.creator_id
            and campaigns.brand_id = shortlist.brand_id
    ) as is_on_the_roster,
    shortlist.account_id in (
        select owned.account_id from work.intermediate.int_brands__own_accounts as owned
    ) as is_of_a_brand
from reports.discovery_shortlist as shortlist
inner join core.dim_account as accounts on shortlist.account_id = accounts.account_id
""",
        key=("brand_id", "account_id"),
        checks=(
            no_row(
                "nobody_is_a_bot_or_hidden",
                "is_hidden",
                "no account with is_bot or is_noindex",
                "Who asks not to be found is not looked for; bots buy nothing.",
            ),
            no_row(
                "nobody_is_on_the_roster",
                "is_on_the_roster",
                "no account of a creator with a collaboration for the brand",
                "Whom the brand works with already is not approached like a stranger.",
            ),
            no_row(
                "nobody_is_a_brand",
                "is_of_a_brand",
                "no account that carried a handle of a configured brand",
                "A brand does not advertise for another one.",
            ),
        ),
    )


def _fair_compensation(night: Night) -> Suite:
    return _grain(
        night,
        "reports.fair_compensation",
        between("expected_engagements", _NEGATIVE, low=0),
        between("peers", _NEGATIVE, low=0),
        between("suggested_low", "Nobody pays for the right to post.", low=0),
        one_of(
            "peer_level",
            ("platform_tier", "platform", "all"),
            "Who reads a fee must know what it is compared with.",
        ),
        one_of("position", ("below", "within", "above"), "Filters on position miss the row."),
        no_row(
            "suggestions_are_in_order",
            "suggested_low > suggested_mid or suggested_mid > suggested_high",
            "suggested_low at most suggested_mid at most suggested_high",
            "A range whose ends are turned round calls every fee too high or too low.",
        ),
        no_row(
            "few_peers_are_never_called_alike",
            "peer_level <> 'all' and peers < 5",
            "5 peers at least where they are of the platform, or of it and the tier",
            "Quartiles of fewer are the price of one creator, not of a market.",
        ),
        no_row(
            "position_is_that_of_the_cost",
            "position is distinct from case "
            "when actual_cost_per_post < suggested_low then 'below' "
            "when actual_cost_per_post > suggested_high then 'above' "
            "when actual_cost_per_post >= suggested_low then 'within' end",
            "below suggested_low, above suggested_high, else within; NULL where one is not known",
            "A creator would be told that a fair fee is unfair.",
        ),
        _has("account_id", "core.dim_account"),
        columns=(
            *("expected_engagements", "peer_level", "peers", "position"),
            *("suggested_low", "suggested_mid", "suggested_high", "actual_cost_per_post"),
        ),
        parents=(("account_id", "core.dim_account"),),
    )
