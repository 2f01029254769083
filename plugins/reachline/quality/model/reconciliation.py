"""Core against staging, and reports against core: both sides counted apart, and compared whole.

Both sides are put one below the other and summed by a key, so that a row that either side lacks
shows, also where the key is NULL. What is told of is counted beside its sum: NULL is not 0.
The platforms are those of the configuration and of both sides: one that was lost whole has a row.
Keys that two sources tell of are left out where their values are merged column by column.
"""

from __future__ import annotations

from collections.abc import Sequence

from reachline.quality.checks import Check, Suite, equal, no_row
from reachline.quality.facts import Night
from reachline.quality.model.shared import end, touched_rows

_LOST = "What came in is missing from every table above, or stands in them and never came in."
_NO_SUM = "A report that is not the sum of what it is made of has lost or doubled a part."

_METRICS = ("likes", "comments", "shares", "saves", "views", "reach", "impressions")
_PAID = ("engagements", "views", "reach", "impressions")

_PLATFORMS = """
platforms as (
    select platform from work.config.brand_handles
    union
    select platform from work.config.platform_metrics where platform <> '*'
    union
    select platform from work.config.tiers where platform <> '*'
)"""


def suites(night: Night) -> list[Suite]:
    """Return the suites of these comparisons."""
    return [
        _platforms(night),
        _posts(night),
        _latest_of_captures(night),
        _latest_of_days(night),
        _links_of_posts(night),
        _clicks(night),
        _refunds(night),
        _costs(night),
        _program(),
        _paid_posts(),
        _paid_metrics(night),
        _collaborations(),
        _clicks_of_days(night),
        _campaign_days(night),
        _voices(night),
        _scorecards(night),
        _hashtags(),
    ]


def _compared(ctes: str, key: Sequence[str], measures: Sequence[str], left: str, right: str) -> str:
    """Return SQL of both sides' sums by `key`.

    `ctes` end with two, named `left` and `right`, that have the key and all measures.
    """
    keys, names = ", ".join(key), ", ".join(measures)
    sums = ",\n    ".join(
        f"coalesce(sum({name}) filter (where side = '{side}'), 0) as {name}_{side}"
        for name in measures
        for side in (left, right)
    )
    return f"""
with {ctes},

both_sides as (
    select {keys}, {names}, '{left}' as side from {left}
    union all
    select {keys}, {names}, '{right}' as side from {right}
)

select
    {keys},
    {sums}
from both_sides
group by {keys}
"""


def _suite(
    table: str,
    ctes: str,
    key: Sequence[str],
    measures: Sequence[str],
    sides: tuple[str, str],
    why: str,
) -> Suite:
    """Return the suite that expects both sides' sums to be equal, to the last digit."""
    left, right = sides
    return Suite(
        stage="model",
        table=table,
        rows=_compared(ctes, key, measures, left, right),
        key=(*key, f"{measures[0]}_{left}", f"{measures[0]}_{right}"),
        checks=tuple(_same(name, left, right, why) for name in measures),
    )


def _same(name: str, left: str, right: str, why: str) -> Check:
    return equal(f"{name}_{left}", f"{name}_{right}", f"{name}_{right}_are_those_{left}", why)


def _known(metrics: Sequence[str]) -> str:
    """Return SQL of the sums of some metrics, and of how many rows each is known of."""
    return ",\n        ".join(
        f"sum({name}) as {name}, count({name}) as known_{name}" for name in metrics
    )


def _with_known(metrics: Sequence[str]) -> tuple[str, ...]:
    return tuple(column for name in metrics for column in (name, f"known_{name}"))


def _of_one_source(table: str, key: str, is_touched: str) -> str:
    """Return SQL of the keys of a stream, among those looked at, that one source tells of."""
    return (
        f"select {key} from work.staging.{table} where {is_touched} "
        f"group by {key} having count(distinct source) = 1"
    )


def _platforms(night: Night) -> Suite:
    """Return the suite of platforms as a whole: what was read, what staging holds, what core has.

    All of it is counted, also what no night touched.
    """
    return Suite(
        stage="model",
        table="core.dim_post (by platform)",
        rows=f"""
with {_PLATFORMS},

read as (
    select source as platform, sum(loaded) as posts
    from work.staging.batches_read
    where model = 'stg_inbox__posts'
    group by source
),

told as (
    select
        platform,
        count(*) as rows,
        count(*) filter (
            where not is_deleted and observed_at < {end(night)} and published_at < {end(night)}
        ) as rows_due
    from work.staging.stg_inbox__posts
    group by platform
),

profiles as (
    select platform, count(*) filter (where not is_deleted and observed_at < {end(night)}) as rows
    from work.staging.stg_inbox__profiles
    group by platform
),

built as (
    select platform, count(*) as posts from core.dim_post group by platform
),

accounts as (
    select platform, count(*) as rows from core.dim_account group by platform
),

named as (
    select platform from platforms
    union
    select platform from told
    union
    select platform from profiles
    union
    select platform from built
)

select
    named.platform,
    coalesce(read.posts, 0) as posts_read,
    coalesce(told.rows, 0) as rows_staged,
    coalesce(told.rows_due, 0) as rows_due,
    coalesce(built.posts, 0) as posts_built,
    coalesce(profiles.rows, 0) as profiles_staged,
    coalesce(accounts.rows, 0) as accounts_built
from named
left join read on named.platform = read.platform
left join told on named.platform = told.platform
left join profiles on named.platform = profiles.platform
left join built on named.platform = built.platform
left join accounts on named.platform = accounts.platform
""",
        key=("platform", "posts_read", "rows_due", "posts_built"),
        checks=(
            no_row(
                "no_platform_is_lost_in_staging",
                "posts_read > 0 and rows_staged = 0",
                "posts in staging of every platform that posts were read of",
                _LOST,
            ),
            no_row(
                "no_platform_is_lost_in_core",
                "rows_due > 0 and posts_built = 0 "
                "or profiles_staged > 0 and accounts_built = 0 "
                "or rows_staged = 0 and posts_built > 0",
                "posts and accounts in core of every platform that staging has some of, no others",
                _LOST,
            ),
        ),
    )


def _posts(night: Night) -> Suite:
    """Return the suite that counts the posts of one source a second time; deleted ones apart."""
    is_touched = touched_rows(night, "dim_post")
    return _suite(
        "core.dim_post (against staging)",
        f"""
rows as (
    select *, platform || ':' || native_post_id as post_id
    from work.staging.stg_inbox__posts
    where observed_at < {end(night)}
),

told as (
    select
        platform,
        post_id,
        count(distinct source) > 1 or bool_or(is_deleted) as is_merged,
        max_by(published_at, observed_at) as published_at
    from rows
    where {is_touched}
    group by platform, post_id
),

staged as (
    select platform, count(*) as posts
    from told
    where not is_merged and published_at < {end(night)}
    group by platform
),

built as (
    select platform, count(*) as posts
    from core.dim_post
    where {is_touched} and post_id not in (select post_id from told where is_merged)
    group by platform
)""",
        ("platform",),
        ("posts",),
        ("staged", "built"),
        _LOST,
    )


def _latest_of_captures(night: Night) -> Suite:
    """Return the suite that finds the last count of each metric a second time, from captures."""
    is_touched = touched_rows(night, "fct_post_latest")
    post = "platform || ':' || native_post_id"
    last = ", ".join(f"max_by({name}, observed_at) as {name}" for name in _METRICS)
    whole, paid = ", ".join(_METRICS), ", ".join(f"paid_{name}" for name in _METRICS)
    return _suite(
        "core.fct_post_latest (against staging)",
        f"""
captures as (
    select
        *,
        {post} as post_id
    from work.staging.stg_inbox__post_metrics
    where not is_deleted
        and value_basis = 'measured'
        and observed_at < {end(night)}
        -- an advertising account's report is no measure of the post
        and (coalesce({whole}) is not null or coalesce({paid}) is null)
),

last_known as (
    select platform, post_id, count(distinct source) as sources, {last}
    from captures
    where {is_touched} and post_id in (select post_id from core.dim_post)
    group by platform, post_id
),

staged as (
    select platform, count(*) as posts,
        {_known(_METRICS)}
    from last_known
    where sources = 1
    group by platform
),

built as (
    select split_part(post_id, ':', 1) as platform, count(*) as posts,
        {_known(_METRICS)}
    from core.fct_post_latest
    where {is_touched} and post_id not in (select post_id from last_known where sources > 1)
    group by all
)""",
        ("platform",),
        ("posts", *_with_known(_METRICS)),
        ("staged", "built"),
        "The count that every report shows is not the last one that was measured.",
    )


def _latest_of_days(night: Night) -> Suite:
    is_touched = touched_rows(night, "fct_post_latest")
    last = ", ".join(f"max_by({name}, date_day) as {name}" for name in _METRICS)
    return _suite(
        "core.fct_post_latest (against days)",
        f"""
last_days as (
    select split_part(post_id, ':', 1) as platform, post_id, {last}
    from core.fct_post_daily
    where {is_touched}
    group by post_id
),

by_day as (
    select platform, count(*) as posts,
        {_known(_METRICS)}
    from last_days
    group by platform
),

latest as (
    select split_part(post_id, ':', 1) as platform, count(*) as posts,
        {_known(_METRICS)}
    from core.fct_post_latest
    where {is_touched}
    group by all
)""",
        ("platform",),
        ("posts", *_with_known(_METRICS)),
        ("by_day", "latest"),
        "What a post has and what its days say are two figures for one thing.",
    )


def _links_of_posts(night: Night) -> Suite:
    """Return the suite of posts that two doors tell under ids of their own."""
    is_touched = (
        "true"
        if night.looks_at_all_of("int_posts__list_keys")
        else "post_id in (select post_id from work.intermediate.int_touched__posts_seen)"
    )
    return Suite(
        stage="model",
        table="core.dim_post (links)",
        rows=f"""
with touched as (
    select distinct post_key
    from work.intermediate.int_posts__list_keys
    where {is_touched}
)

select keys.post_key, count(distinct keys.post_id) as posts, min(keys.post_id) as post_id,
    max(keys.post_id) as other_post_id
from work.intermediate.int_posts__list_keys as keys
semi join touched on keys.post_key = touched.post_key
group by keys.post_key
""",
        key=("post_key", "post_id", "other_post_id"),
        checks=(
            no_row(
                "a_link_leads_to_one_post",
                "posts > 1",
                "no two posts with one link",
                "One post counts twice: a file has another id for it than the platform. Write the "
                "platform's id, as in native_post_id of the other.",
                severity="warn",
            ),
        ),
    )


def _clicks(night: Night) -> Suite:
    is_touched = touched_rows(night, "fct_clicks")
    return _suite(
        "core.fct_clicks (against staging)",
        f"""
of_one_source as (
    {_of_one_source("stg_inbox__clicks", "click_id", is_touched)}
),

staged as (
    select source, count(*) as clicks
    from work.staging.stg_inbox__clicks
    where click_id in (select click_id from of_one_source)
        and not is_deleted
        and clicked_at < {end(night)}
    group by source
),

several as (
    select distinct click_id
    from work.staging.stg_inbox__clicks
    where {is_touched} and click_id not in (select click_id from of_one_source)
),

built as (
    select source, count(*) as clicks
    from core.fct_clicks
    where {is_touched} and click_id not in (select click_id from several)
    group by source
)""",
        ("source",),
        ("clicks",),
        ("staged", "built"),
        _LOST,
    )


def _refunds(night: Night) -> Suite:
    is_touched = touched_rows(night, "fct_refunds")
    return _suite(
        "core.fct_refunds (against staging)",
        f"""
of_one_source as (
    {_of_one_source("stg_inbox__refunds", "refund_id", is_touched)}
),

staged as (
    select date_trunc('month', refunded_at) as month, count(*) as refunds, sum(amount) as amounts
    from work.staging.stg_inbox__refunds
    where refund_id in (select refund_id from of_one_source)
        and not is_deleted
        and refunded_at < {end(night)}
    group by all
),

several as (
    select distinct refund_id
    from work.staging.stg_inbox__refunds
    where {is_touched} and refund_id not in (select refund_id from of_one_source)
),

built as (
    select date_trunc('month', refunded_at) as month, count(*) as refunds, sum(amount) as amounts
    from core.fct_refunds
    where {is_touched} and refund_id not in (select refund_id from several)
    group by all
)""",
        ("month",),
        ("refunds", "amounts"),
        ("staged", "built"),
        "A refund that is lost leaves revenue too high, one that is doubled too low.",
    )


def _costs(night: Night) -> Suite:
    """Return the suite of payments, and of the fees and products of live collaborations."""
    agreed = "\n    union all\n".join(
        f"    select '{kind}' as kind, currency, {column} as amount,\n"
        f"        coalesce(agreed_on, starts_on) as incurred_on\n"
        f"    from live where {column} is not null"
        for kind, column in (("fee", "fee"), ("product", "product_cost"))
    )
    collaborations = _of_one_source("stg_inbox__collaborations", "collaboration_id", "true")
    return _suite(
        "core.fct_costs (against staging)",
        f"""
collaborations_of_one_source as (
    {collaborations}
),

campaigns as (
    select campaign_id, min(starts_on) as starts_on, count(*) as sources
    from work.staging.stg_inbox__campaigns
    where not is_deleted
    group by campaign_id
),

-- the first day is merged where two sources tell it
live as (
    select rows.collaboration_id, rows.currency, rows.fee, rows.product_cost, rows.agreed_on,
        campaigns.starts_on
    from work.staging.stg_inbox__collaborations as rows
    inner join campaigns on rows.campaign_id = campaigns.campaign_id and campaigns.sources = 1
    where rows.collaboration_id in (select collaboration_id from collaborations_of_one_source)
        and not rows.is_deleted
        and rows.status in ('agreed', 'active', 'completed')
),

left_out as (
    select rows.collaboration_id
    from work.staging.stg_inbox__collaborations as rows
    left join campaigns on rows.campaign_id = campaigns.campaign_id
    where campaigns.sources > 1
        or rows.collaboration_id not in (select collaboration_id from collaborations_of_one_source)
),

payments_of_one_source as (
    {_of_one_source("stg_inbox__payments", "payment_id", "true")}
),

amounts as (
{agreed}
    union all
    select 'payment', currency, amount, incurred_on
    from work.staging.stg_inbox__payments
    where not is_deleted and payment_id in (select payment_id from payments_of_one_source)
),

staged as (
    select kind, currency, count(*) as costs, sum(amount) as amounts
    from amounts
    where incurred_on <= date '{night.logical_date}'
    group by kind, currency
),

built as (
    select split_part(cost_id, ':', 1) as kind, currency, count(*) as costs,
        sum(original_amount) as amounts
    from core.fct_costs
    where case
            when starts_with(cost_id, 'payment:')
                then substr(cost_id, 9) in (select payment_id from payments_of_one_source)
                or substr(cost_id, 9) not in (
                    select payment_id from work.staging.stg_inbox__payments
                )
            -- what is owed is a share of revenue, and came in by no file
            when starts_with(cost_id, 'commission:') then false
            else collaboration_id not in (select collaboration_id from left_out)
        end
    group by all
)""",
        ("kind", "currency"),
        ("costs", "amounts"),
        ("staged", "built"),
        "A cost that is lost makes every return too good; one that is doubled, too bad.",
    )


def _program() -> Suite:
    """Return the suite of what marketing ops keep, each table by its number of keys."""
    told = "\n    union all\n".join(
        f"    select '{table}' as table_name, count(distinct {key}) as keys\n"
        f"    from work.staging.stg_inbox__{stream} where not is_deleted"
        for table, stream, key in _PROGRAM
    )
    built = "\n    union all\n".join(
        f"    select '{table}' as table_name, {count} as keys from {table}"
        for table, count in _PROGRAM_BUILT
    )
    return _suite(
        "core and reports (against the program's streams)",
        f"""
deliverables as (
    select count(distinct rows.deliverable_id) as keys
    from work.staging.stg_inbox__deliverables as rows
    where not rows.is_deleted
        and rows.collaboration_id in (
            select collaboration_id from work.intermediate.int_collaborations__live
        )
),

staged as (
{told}
    union all
    select 'core.dim_brand', count(*) from work.config.brands
    union all
    select 'reports.campaign_pacing', keys from deliverables
),

built as (
{built}
)""",
        ("table_name",),
        ("keys",),
        ("staged", "built"),
        _LOST,
    )


_PROGRAM = (
    ("core.dim_campaign", "campaigns", "campaign_id"),
    ("core.dim_creator", "creators", "creator_id"),
    ("reports.campaign_performance", "campaigns", "campaign_id"),
    ("reports.collaboration_performance", "collaborations", "collaboration_id"),
)
_PROGRAM_BUILT = (
    ("core.dim_brand", "count(*)"),
    ("core.dim_campaign", "count(*)"),
    ("core.dim_creator", "count(*)"),
    ("reports.campaign_performance", "count(distinct campaign_id)"),
    ("reports.collaboration_performance", "count(distinct collaboration_id)"),
    ("reports.campaign_pacing", "coalesce(sum(deliverables), 0)"),
)


def _paid_posts() -> Suite:
    """Return the suite of paid posts: those of core, and those of the report, by platform."""
    measured = ", ".join(
        f"max(number) filter (where metric = '{name}') as {name}" for name in _PAID
    )
    return _suite(
        "reports.post_performance (against core)",
        f"""{_PLATFORMS},

numbers as (
    select post_id, {measured}
    from core.fct_paid_post_metrics
    group by post_id
),

core as (
    select posts.platform, count(*) as posts,
        {_known(_PAID)}
    from core.dim_post as posts
    left join numbers on posts.post_id = numbers.post_id
    where posts.collaboration_id is not null
    group by posts.platform
    union all
    select platform, 0, {", ".join("null, 0" for _ in _PAID)} from platforms
),

reported as (
    select split_part(post_id, ':', 1) as platform, count(*) as posts,
        {_known(_PAID)}
    from reports.post_performance
    group by all
)""",
        ("platform",),
        ("posts", *_with_known(_PAID)),
        ("core", "reported"),
        _NO_SUM,
    )


def _paid_metrics(night: Night) -> Suite:
    """Return the suite of what paid posts have: the last count, as it is and as it is listed."""
    is_touched = touched_rows(night, "fct_paid_post_metrics")
    listed = ", ".join(
        f"max(number) filter (where metric = '{name}') as {name}" for name in _METRICS
    )
    return _suite(
        "core.fct_paid_post_metrics (against the latest)",
        f"""
latest as (
    select split_part(post_id, ':', 1) as platform,
        {_known(_METRICS)}
    from core.fct_post_latest
    where {is_touched}
        and post_id in (select post_id from core.dim_post where collaboration_id is not null)
    group by all
),

of_posts as (
    select post_id, {listed}
    from core.fct_paid_post_metrics
    where {is_touched}
    group by post_id
),

listed as (
    select split_part(post_id, ':', 1) as platform,
        {_known(_METRICS)}
    from of_posts
    group by all
)""",
        ("platform",),
        _with_known(_METRICS),
        ("latest", "listed"),
        _NO_SUM,
    )


def _collaborations() -> Suite:
    """Return the suite of what each collaboration cost, was clicked and earned, against its days.

    Where orders or clicks were not watched the report has no figure, and none is expected.
    """
    measures = ("cost_committed", "cost_paid", "valid_clicks", "orders", "revenue")

    def part(relation: str, where: str, **told: str) -> str:
        columns = ", ".join(f"{told.get(name, '0')} as {name}" for name in measures)
        return (
            f"    select rows.collaboration_id, {columns}\n    from {relation} as rows\n"
            "    inner join known on rows.collaboration_id = known.collaboration_id\n"
            "    left join watched on rows.collaboration_id = watched.collaboration_id\n"
            f"    where {where}"
        )

    days = "work.intermediate.int_collaborations__"
    parts = "\n    union all\n".join(
        (
            part(
                "core.fct_costs",
                "true",
                cost_committed="case when rows.is_committed_cost then rows.amount end",
                cost_paid="case when rows.is_paid_cost then rows.amount end",
            ),
            part(
                f"{days}click_days",
                "coalesce(watched.clicks_covered > 0 and watched.is_live, "
                "watched.collaboration_id is null)",
                valid_clicks="rows.valid_clicks",
            ),
            part(
                f"{days}order_days",
                "coalesce(watched.orders_covered > 0, watched.collaboration_id is null) "
                "and rows.method = (select min(method) from reported)",
                orders="rows.attributed_orders",
                revenue="rows.attributed_revenue",
            ),
        )
    )
    return _suite(
        "reports.collaboration_performance (against days)",
        f"""
known as (
    select distinct collaboration_id
    from work.staging.stg_inbox__collaborations
    where not is_deleted
),

watched as (
    select collaboration_id, orders_covered, clicks_covered, is_live
    from reports.collaboration_performance
    where is_default_method
),

reported as (
    select collaboration_id, method, cost_committed, cost_paid, valid_clicks,
        attributed_orders as orders, attributed_revenue as revenue
    from reports.collaboration_performance
    where is_default_method
),

by_day as (
{parts}
)""",
        ("collaboration_id",),
        measures,
        ("by_day", "reported"),
        _NO_SUM,
    )


def _clicks_of_days(night: Night) -> Suite:
    is_touched = (
        "true"
        if night.looks_at_all_of("fct_clicks")
        else "clicked_on in (select clicked_on from work.intermediate.int_touched__click_days)"
    )
    return _suite(
        "core.fct_clicks (against days of collaborations)",
        f"""
core as (
    select clicked_on, count(*) as clicks
    from core.fct_clicks
    where {is_touched} and is_valid and collaboration_id is not null
    group by clicked_on
),

by_day as (
    select clicked_on, sum(valid_clicks) as clicks
    from work.intermediate.int_collaborations__click_days
    where {is_touched}
    group by clicked_on
)""",
        ("clicked_on",),
        ("clicks",),
        ("core", "by_day"),
        _NO_SUM,
    )


def _campaign_days(night: Night) -> Suite:
    """Return the suite of what campaigns cost, were clicked and earned since their first day.

    Days on which orders or clicks were not watched have no figure, and none is expected.
    """
    measures = ("cost", "valid_clicks", "orders", "revenue")

    def part(relation: str, day: str, where: str, **told: str) -> str:
        columns = ", ".join(f"{told.get(name, '0')} as {name}" for name in measures)
        return (
            f"    select campaigns.campaign_id, {columns}\n    from {relation} as rows\n"
            "    inner join collaborations\n"
            "        on rows.collaboration_id = collaborations.collaboration_id\n"
            "    inner join campaigns on collaborations.campaign_id = campaigns.campaign_id\n"
            "    cross join watched\n"
            f"    where rows.{day} between campaigns.starts_on and date '{night.logical_date}'\n"
            f"        and {where}"
        )

    days = "work.intermediate.int_collaborations__"
    parts = "\n    union all\n".join(
        (
            part("core.fct_costs", "incurred_on", "rows.is_committed_cost", cost="rows.amount"),
            part(
                f"{days}click_days",
                "clicked_on",
                "collaborations.is_live and rows.clicked_on >= watched.clicks_from",
                valid_clicks="rows.valid_clicks",
            ),
            part(
                f"{days}order_days",
                "ordered_on",
                "collaborations.is_live and rows.ordered_on >= watched.orders_from "
                "and rows.method = watched.method",
                orders="rows.attributed_orders",
                revenue="rows.attributed_revenue",
            ),
        )
    )
    return _suite(
        "reports.campaign_daily (against days of collaborations)",
        f"""
collaborations as (
    select collaboration_id, campaign_id, is_live
    from reports.collaboration_performance
    where is_default_method
),

campaigns as (
    select campaign_id, starts_on from core.dim_campaign
),

watched as (
    select
        min(covered_from) filter (where stream = 'orders') as orders_from,
        min(covered_from) filter (where stream = 'clicks') as clicks_from,
        (
            select min(method) from reports.collaboration_performance where is_default_method
        ) as method
    from meta.coverage
    where brand_id is null
),

by_collaboration as (
{parts}
),

by_campaign as (
    select campaign_id, cost, valid_clicks, attributed_orders as orders,
        attributed_revenue as revenue
    from reports.campaign_daily
)""",
        ("campaign_id",),
        measures,
        ("by_collaboration", "by_campaign"),
        _NO_SUM,
    )


def _voices(night: Night) -> Suite:
    """Return the suite of posts that mention a brand or a competitor, by week."""
    is_touched = (
        "true"
        if night.looks_at_all_of("int_voices__count_weeks")
        else "week in (select week from work.intermediate.int_touched__mention_weeks)"
    )
    return _suite(
        "reports.share_of_voice (against mentions)",
        f"""
voices as (
    select brand_id from work.config.brands where role = 'own'
    union
    select competitors.competitor_brand_id
    from work.config.brand_competitors as competitors
    inner join work.config.brands as brands
        on competitors.brand_id = brands.brand_id and brands.role = 'own'
),

weeks as (
    select brand_id, date_trunc('week', mentioned_on)::date as week, post_id, relationship
    from core.fct_mentions
    where brand_id in (select brand_id from voices)
),

mentioned as (
    select
        brand_id,
        week,
        count(distinct post_id) filter (where relationship <> 'owned') as posts,
        count(distinct post_id) filter (where relationship = 'paid') as posts_paid,
        count(distinct post_id) filter (where relationship = 'owned') as posts_owned
    from weeks
    where {is_touched}
    group by brand_id, week
),

-- a competitor of two brands stands twice
heard as (
    select distinct voice_brand_id as brand_id, week, posts, posts_paid, posts_owned
    from reports.share_of_voice
    where {is_touched}
)""",
        ("brand_id", "week"),
        ("posts", "posts_paid", "posts_owned"),
        ("mentioned", "heard"),
        _NO_SUM,
    )


def _scorecards(night: Night) -> Suite:
    day = f"date '{night.logical_date}'"
    return _suite(
        "reports.creator_scorecard (against posts)",
        f"""
posted as (
    select split_part(account_id, ':', 1) as platform, count(*) as posts,
        count(*) filter (where is_paid_label or collaboration_id is not null) as paid_posts
    from core.dim_post
    where published_on > {day} - 90
        and published_on <= {day}
        and account_id is not null
        and not is_repost
    group by all
),

scored as (
    select split_part(account_id, ':', 1) as platform, sum(posts_90d) as posts,
        sum(paid_posts_90d) as paid_posts
    from reports.creator_scorecard
    group by all
)""",
        ("platform",),
        ("posts", "paid_posts"),
        ("posted", "scored"),
        _NO_SUM,
    )


def _hashtags() -> Suite:
    return _suite(
        "reports.hashtag_trends (against days)",
        f"""{_PLATFORMS},

by_day as (
    select platform, sum(posts) as posts, sum(engagements) as engagements
    from core.fct_hashtag_daily
    group by platform
    union all
    select platform, 0, 0 from platforms
),

by_week as (
    select platform, sum(posts) as posts, sum(engagements) as engagements
    from reports.hashtag_trends
    group by platform
)""",
        ("platform",),
        ("posts", "engagements"),
        ("by_day", "by_week"),
        _NO_SUM,
    )
