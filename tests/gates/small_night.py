"""A warehouse with one good row in every table that a gate looks at; the tests spoil it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import duckdb

from reachline.inbox.streams import load_streams
from reachline.night import stream_grains
from reachline.quality.contract import CONTRACT, METHODS, TOUCHED
from reachline.quality.facts import Night
from reachline.settings import Thresholds

NIGHT = Night(
    logical_date=date(2026, 3, 1),
    as_of_end=datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None),
    thresholds=Thresholds(),
    first_seq=2,
    streams=stream_grains(),
)

_TYPES = {
    "timestamp": ("timestamp", "timestamp '2026-03-01 12:00:00'"),
    "date": ("date", "date '2026-03-01'"),
    "money": ("decimal(18, 4)", "10"),
    "decimal": ("decimal(18, 8)", "1"),
    "number": ("decimal(18, 4)", "1"),
    "rate": ("double", "0.5"),
    "integer": ("bigint", "1"),
    "count": ("bigint", "1"),
    "boolean": ("boolean", "false"),
}
# what the general good row has otherwise
_VALUES = {
    ("orders", "status"): "'placed'",
    ("orders", "discount_amount"): "1",
    ("orders", "gift_card_amount"): "0",
    ("orders", "kept_amount"): "7",
    ("refunds", "amount"): "2",
    ("post_metrics", "value_basis"): "'measured'",
    ("post_metrics", "likes"): "3",
    ("post_metrics", "views"): "9",
    ("post_metrics", "reach"): "8",
    ("post_metrics", "impressions"): "9",
    ("collaborations", "status"): "'active'",
    ("collaborations", "fee"): "7",
    ("collaborations", "product_cost"): "null",
    ("payments", "kind"): "'fee'",
}

_BATCHES_READ = """
create table work.staging.batches_read (
    model varchar, source varchar, stream varchar, batch_id varchar, landing_sequence bigint,
    rows_in bigint, loaded bigint, superseded bigint, quarantined bigint, dropped bigint,
    skipped bigint, read_seq bigint
)
"""

CORE = {
    "core.dim_brand": "brand_id := 'a', role := 'own'",
    "core.dim_campaign": (
        "campaign_id := 'a', brand_id := 'a', status := 'running', starts_on := date '2026-03-01', "
        "ends_on := date '2026-03-09', attribution_window_days := 30"
    ),
    "core.dim_creator": "creator_id := 'a', accounts := 1, followers_total := 10",
    "core.dim_account": (
        "account_id := 'a', platform := 'a', creator_id := 'c', is_bot := false, "
        "is_noindex := false, "
        "followers := 10, following := 5, tier := 'nano', "
        "first_seen_at := timestamp '2026-03-01', last_seen_at := timestamp '2026-03-01'"
    ),
    "core.dim_account_history": (
        "account_id := 'a', valid_from := timestamp '2026-03-01', "
        "valid_to := cast(null as timestamp), is_current := true"
    ),
    "core.dim_post": (
        "post_id := 'a:a', platform := 'a', account_id := 'a', "
        "published_at := timestamp '2026-03-01 12:00:00', "
        "text := 'hello @user@host.example', collaboration_id := 'k', "
        "language := 'en', is_language_detected := true, published_on := date '2026-03-01', "
        "is_paid_label := cast(null as boolean), is_repost := false"
    ),
    "core.bridge_post_collaborations": (
        "post_id := 'a:a', collaboration_id := 'k', is_primary := true"
    ),
    "core.fct_post_latest": (
        "post_id := 'a:a', likes := 3, comments := 1, shares := 1, "
        "saves := 1, views := 9, reach := 8, impressions := 9, engagements := 6"
    ),
    "core.dim_hashtag": "hashtag := 'a', posts := 1",
    "core.dim_date": "date_day := date '2026-03-01'",
    "core.fct_account_daily": (
        "account_id := 'a', date_day := date '2026-03-01', followers := 10, following := 5, "
        "posts_count := 3, is_derivable := true"
    ),
    "core.fct_post_daily": (
        "post_id := 'a:a', date_day := date '2026-03-01', likes := 3, comments := 1, "
        "shares := 1, saves := 1, views := 9, reach := 8, "
        "impressions := 9, engagements := 6, is_derivable := true"
    ),
    "core.fct_post_at_age": (
        "post_id := 'a:a', age_days := 1, likes := 3, comments := 1, "
        "shares := cast(null as bigint), saves := cast(null as bigint), views := 9, reach := 8, "
        "impressions := 9, engagements := 4, er_followers := 0.4, er_views := 0.5, "
        "er_reach := 0.5, organic_likes := 3, organic_comments := 1, organic_views := 8, "
        "organic_reach := 8"
    ),
    "core.fct_paid_post_metrics": (
        "post_id := 'a:a', metric := 'likes', number := 3, paid_number := 1, "
        "emv := cast(1 as decimal(18, 4)), observed_at := timestamp '2026-03-01 12:00:00'"
    ),
    "core.fct_hashtag_daily": (
        "platform := 'a', hashtag := 'a', date_day := date '2026-03-01', posts := 1, "
        "accounts := 1, engagements := 4"
    ),
    "core.fct_kept_daily": (
        "platform := 'a', published_on := date '2026-03-01', breakdown := 'all', value := 'all', "
        "kept_at := timestamp '2026-03-01 13:00:00', accounts := 5, posts := 7, "
        "posts_measured := 6, engagements := 40, posts_viewed := 5, views := 90, "
        "posts_reached := 5, reach := 80, posts_shown := 5, impressions := 95"
    ),
    "core.fct_mentions": (
        "post_id := 'a:a', brand_id := 'a', kind := 'tag', relationship := 'earned', "
        "mentioned_on := date '2026-03-01'"
    ),
    "core.fct_clicks": (
        "click_id := 'a', clicked_at := timestamp '2026-03-01 12:00:00', is_bot := false, "
        "is_duplicate := false, is_valid := true, is_other_door := false, source := 'inbox', "
        "clicked_on := date '2026-03-01', collaboration_id := 'k'"
    ),
    "core.fct_orders": (
        "order_id := 'a', ordered_at := timestamp '2026-03-01 12:00:00', "
        "ordered_on := date '2026-03-01', fx_rate_on := date '2026-03-01', currency := 'a', "
        "net_amount := cast(7 as decimal(18, 4)), net_revenue := cast(7 as decimal(18, 4)), "
        "gross_profit := cast(3 as decimal(18, 4)), touches := 2, order_kind := 'new'"
    ),
    "core.fct_refunds": (
        "refund_id := 'a', amount := cast(2 as decimal(18, 4)), "
        "refunded_at := timestamp '2026-03-01 12:00:00'"
    ),
    # made two touches for each method below
    "core.fct_attribution": (
        "order_id := 'a', method := 'linear', touch_number := 1, collaboration_id := 'k', "
        "touch_kind := 'click', touched_at := timestamp '2026-03-01 11:00:00', "
        "credit := cast(0.4 as decimal(18, 10)), "
        "attributed_revenue := cast(2.8 as decimal(18, 4)), "
        "attributed_profit := cast(1.2 as decimal(18, 4)), ordered_on := date '2026-03-01'"
    ),
    "core.fct_costs": (
        "cost_id := 'fee:k', collaboration_id := 'k', kind := 'fee', status := 'committed', "
        "incurred_on := date '2026-03-01', fx_rate_on := date '2026-03-01', currency := 'a', "
        "amount := cast(7 as decimal(18, 4)), original_amount := cast(7 as decimal(18, 4)), "
        "is_committed_cost := true, is_paid_cost := false"
    ),
    "core.dim_fx_rate": "currency := 'a', date_day := date '2026-03-01', rate := 0.5::double",
    "reports.campaign_performance": (
        "campaign_id := 'a', method := 'linear', posts := 1, engagements := 4, "
        "reach_sum_of_posts := 8, impressions := 9, valid_clicks := 1, "
        "ctr := 0.1, ctr_low := 0.05, ctr_high := 0.2, conversion_rate := 0.1, "
        "conversion_rate_low := 0.05, conversion_rate_high := 0.2, attributed_orders := 1, "
        "attributed_revenue := 7, attributed_profit := 3, profit_coverage := 1.0, "
        "cost_committed := 7, cost_paid := 2, roi := 0.1, roas := 1.0, emv := 0, "
        "new_customers := 1, revenue_new := 4, revenue_repeat := 2, "
        "result_state := 'running', orders_covered := 1.0, clicks_covered := 1.0, "
        "posts_with_reach := 1, posts_with_impressions := 1, posts_in_ratios := 1, "
        "impressions_in_ratios := 9, clicks_in_ratios := 1, cost_in_ratios := 7"
    ),
    "reports.collaboration_performance": (
        "collaboration_id := 'k', campaign_id := 'a', creator_id := 'd', method := 'linear', "
        "is_default_method := true, is_live := true, "
        "posts := 1, engagements := 4, "
        "reach_sum_of_posts := 8, impressions := 9, valid_clicks := 1, "
        "ctr := 0.1, ctr_low := 0.05, ctr_high := 0.2, conversion_rate := 0.1, "
        "conversion_rate_low := 0.05, conversion_rate_high := 0.2, attributed_orders := 1, "
        "attributed_revenue := 7, attributed_profit := 3, profit_coverage := 1.0, "
        "cost_committed := 7, cost_paid := 2, roi := 0.1, roas := 1.0, emv := 0, "
        "new_customers := 1, revenue_new := 4, revenue_repeat := 2, "
        "result_state := 'running', orders_covered := 1.0, clicks_covered := 1.0, "
        "posts_with_reach := 1, posts_with_impressions := 1, posts_in_ratios := 1, "
        "impressions_in_ratios := 9, clicks_in_ratios := 1, cost_in_ratios := 7"
    ),
    "reports.campaign_daily": (
        "campaign_id := 'a', date_day := date '2026-03-01', posts := 1, valid_clicks := 1, "
        "attributed_orders := 1, attributed_revenue := 7, cost := 7"
    ),
    "reports.post_performance": (
        "post_id := 'a:a', campaign_id := 'a', engagements := 4, views := 9, reach := 8, "
        "impressions := 9, "
        "er_followers_1d := 0.4, er_views_1d := 0.5, er_reach_1d := 0.5, "
        "er_followers_7d := 0.4, er_views_7d := 0.5, er_reach_7d := 0.5, "
        "er_followers_30d := 0.4, er_views_30d := 0.5, er_reach_30d := 0.5, "
        "emv := cast(7 as decimal(18, 4)), disclosure := 'pass', disclosure_token := '#ad', "
        "disclosure_position := 1, disclosure_rank := 1"
    ),
    "reports.share_of_voice": (
        "brand_id := 'a', voice_brand_id := 'a', week := date '2026-02-23', mentions := 1, "
        "posts := 1, posts_paid := 0, posts_owned := 0, share_of_posts := 1.0, "
        "share_of_engagements := 1.0"
    ),
    "reports.hashtag_trends": (
        "platform := 'a', hashtag := 'a', week := date '2026-02-23', posts := 1, growth := 0.5, "
        "engagements := 4"
    ),
    "reports.creator_scorecard": (
        "account_id := 'a', posts_measured := 1, peers := 3, posts_90d := 1, paid_posts_90d := 1, "
        "er_followers_pooled := 0.1, er_followers_median := 0.1, er_followers_shrunk := 0.1, "
        "er_percentile := 0.5, er_views_pooled := 0.2, paid_posts_share := 0.25, "
        "authenticity_score := 60, is_suspicious := true, authenticity_penalties := "
        "['follower_jump_z 9 above 6: -30', 'likes_per_comment 1 below 2: -10']"
    ),
    "reports.discovery_shortlist": (
        "brand_id := 'a', account_id := 'a', rank := 1, score := 0.5, relevance := 0.4, "
        "er_percentile := 0.5, affinity := 0.5, followers := 10, is_customer := true, "
        "works_with_competitors := cast([] as varchar[]), recommended_by := 2, "
        "event_ids := cast([] as varchar[]), reasons := 'is a customer'"
    ),
    "reports.tier_benchmarks": (
        "platform := 'a', tier := 'nano', accounts := 6, er_followers_p25 := 0.1, "
        "er_followers_p50 := 0.2, er_followers_p75 := 0.3, er_followers_p50_low := 0.1, "
        "er_followers_p50_high := 0.3, ratio_to_macro := 2.0, ratio_to_macro_low := 1.0, "
        "ratio_to_macro_high := 4.0"
    ),
    # made six rules below
    "reports.compliance": (
        "post_id := 'a:a', rule := 'disclosure', collaboration_id := 'k', campaign_id := 'a', "
        "creator_id := 'a', result := 'pass', evidence := 'paid label'"
    ),
    "reports.outreach_funnel": (
        "campaign_id := 'a', channel := 'email', contacted := 2, replied := 1, agreed := 1, "
        "median_days_to_reply := 1.5::double"
    ),
    "reports.campaign_pacing": (
        "campaign_id := 'a', deliverables := 3, deliverables_due := 2, deliverables_live := 1, "
        "deliverables_late := 1, elapsed_days := 1, total_days := 9, pacing := 1.1::double, "
        "status := 'ahead'"
    ),
    "reports.creator_relationships": (
        "brand_id := 'a', creator_id := 'd', collaborations := 1, tenure_days := 1, "
        "attributed_revenue := 7, attributed_profit := 3, profit_coverage := 1.0, cost := 7, "
        "roi := 0.1, status := 'lapsed', is_lapsed_star := true, collaborations_in_roi := 1"
    ),
    "reports.content_insights": (
        "platform := 'instagram', facet := 'hashtag', value := 'coffee', verdict := 'better', "
        "lift := 0.2::double, lift_low := 0.1::double, lift_high := 0.3::double, accounts := 5, "
        "posts := 6, usual_posts := 15, comparisons := 1"
    ),
    "reports.next_bookings": (
        "brand_id := 'a', creator_id := 'd', collaborations := 2, collaborations_measured := 1, "
        "collaborations_running := 0, days_between := 9.0, own_weight := 0.5, verdict := 'rebook', "
        "how_sure := 'fairly_sure', expected_earned := 90, expected_profit := 60, "
        "expected_profit_low := 10, expected_profit_high := 110, next_profit_low := -20, "
        "next_profit_high := 140, next_break_even_fee := 80, last_cost := 30, last_fee := 20, "
        "spend_order := 1, spent_before := 0, next_1000_part := 30"
    ),
    "reports.fair_compensation": (
        "account_id := 'a', expected_engagements := 40.0, peer_level := 'platform', peers := 5, "
        "suggested_low := 80, suggested_mid := 120, suggested_high := 160, "
        "actual_cost_per_post := 90, position := 'within', creator_id := 'd', "
        "break_even_fee := 120, break_even_low := 100, break_even_high := 140, "
        "break_even_posts := 3, verdict := 'rebook'"
    ),
    "reports.code_health": (
        "code := 'a', brand_id := 'a', orders := 20, likely_leaked := true, "
        "is_self_referred := true, reasons := 'orders of its own creator: 2', early_orders := 5, "
        "orders_with_visitor := 18, untouched_orders := 10, no_touch_share := 0.5, "
        "orders_with_customer := 16, orders_of_new_customers := 4, new_customer_share := 0.25, "
        "other_new_customer_share := 0.5, days_after_posts := 11, days_without_posts := 4, "
        "orders_after_posts := 9, orders_without_posts := 6, own_orders := 2"
    ),
    "reports.data_health": (
        "source := 'a', stream := 'a', rows_7d := 1, freshness := 'fresh', "
        "queries := 2, queries_incomplete := 0, queries_not_found := 0, rows_last_day := 3, "
        "usual_low := 2.5, usual_high := 4.0, completeness := 'whole', rows_held := 0, "
        "clicks_28d := 3, clicks_counted_28d := 2, files_refused := 0"
    ),
    "reports.click_doors": (
        "collaboration_id := 'k', source := 'a', clicks := 2, clicks_counted := 1, "
        "clicks_in_reports := 3"
    ),
    "reports.click_door_hours": (
        "brand_id := 'a', hour_at := timestamp '2026-03-01 12:00:00', source := 'a', clicks := 2, "
        "clicks_counted := 1, clicks_in_reports := 3"
    ),
    "reports.orphan_clicks": (
        "utm_campaign := 'a', utm_content := 'b', source := 'a', clicks := 0, "
        "first_clicked_on := date '2026-03-01', last_clicked_on := date '2026-03-01', "
        "likely_link_id := 'l'"
    ),
    "quality.rejects": "stream := 'a', batch_id := 'a', line := 1, raw := 'x'",
    "meta.run": "logical_date := date '2026-03-01'",
    "meta.metrics": "metric := 'roi'",
    "meta.coverage": (
        "stream := 'orders', brand_id := cast(null as varchar), covered_from := date '2026-01-01', "
        "covered_to := date '2026-03-01', basis := 'first_event'"
    ),
    "meta.thresholds": "name := 'keep_releases', value := 7.0::double",
    "meta.batches": "batch_id := 'b1'",
    "meta.tables": "table_schema := 'meta', table_name := 'run'",
    "meta.columns": (
        "table_schema := 'meta', table_name := 'run', column_name := 'logical_date', "
        "description := 'The last day that counts.'"
    ),
}


# the other touch and the other methods; what the collaborations earned by day; the touched days
_ATTRIBUTION = f"""
insert into core.fct_attribution
select * replace (2 as touch_number, 0.6 as credit, 4.2 as attributed_revenue,
    1.8 as attributed_profit)
from core.fct_attribution;
insert into core.fct_attribution
select rows.* replace (methods.method as method)
from core.fct_attribution as rows
cross join (select unnest({list(METHODS)}) as method) as methods
where methods.method <> rows.method;
create table work.intermediate.int_collaborations__order_days as
select
    collaboration_id, ordered_on, method, sum(credit) as attributed_orders,
    sum(attributed_revenue) as attributed_revenue, sum(attributed_profit) as attributed_profit
from core.fct_attribution
group by all;
create table work.intermediate.int_collaborations__live as
select 'k' as collaboration_id, 'a' as campaign_id;
create table work.intermediate.int_touched__order_days as select ordered_on from core.fct_orders
"""

# what was paid for the collaboration, and what else its post has
_PAID = """
insert into core.fct_costs
select * replace ('payment:a' as cost_id, 'paid' as status, 2 as amount, 10 as original_amount,
    false as is_committed_cost, true as is_paid_cost)
from core.fct_costs;
insert into core.fct_paid_post_metrics
select rows.* replace (others.metric as metric, others.number as number)
from core.fct_paid_post_metrics as rows
cross join (
    values ('comments', 1), ('shares', 1), ('saves', 1), ('views', 9), ('reach', 8),
        ('impressions', 9), ('engagements', 4)
) as others (metric, number);
create table work.intermediate.int_collaborations__click_days as
select collaboration_id, clicked_on, 1 as valid_clicks from core.fct_clicks;
create table work.intermediate.int_touched__click_days as select clicked_on from core.fct_clicks;
create table work.intermediate.int_posts__list_keys as
select post_id, post_id as post_key from core.dim_post;
create table work.intermediate.int_touched__posts_seen as select post_id from core.dim_post;
create table work.intermediate.int_touched__mention_weeks as
select week from reports.share_of_voice
"""

_CLICKS_COVERED = (
    "insert into meta.coverage select * replace ('clicks' as stream) from meta.coverage"
)

# the other rules
_RULES = """
insert into reports.compliance
select rows.* replace (rules.rule as rule)
from reports.compliance as rows
cross join (
    select unnest(
        [
            'required_hashtags', 'required_mentions', 'forbidden_terms', 'on_time', 'kept_up',
            'tracking'
        ]
    ) as rule
) as rules
"""


def staging_row(stream: str, **values: str) -> str:
    """Return an insert of a good row of a stream, with some values as given (SQL)."""
    columns = [
        *((c.name, _value(stream, c.name, c.kind)) for c in load_streams()[stream].columns),
        ("is_deleted", "false"),
        ("source", "'inbox'"),
        ("batch_id", "'b1'"),
        ("loaded_seq", "2"),
    ]
    listed = ", ".join(f"{values.pop(name, value)} as {name}" for name, value in columns)
    assert not values, values
    return f"insert into work.staging.stg_inbox__{stream} by name select {listed}"


def batch_row(batch_id: str, **values: object) -> str:
    """Return an insert of a batch that was read, whose rows are all accounted for."""
    row: dict[str, object] = {
        "model": "stg_inbox__orders",
        "source": "inbox",
        "stream": "orders",
        "batch_id": batch_id,
        "landing_sequence": 1,
        "rows_in": 10,
        "loaded": 10,
        "superseded": 0,
        "quarantined": 0,
        "dropped": 0,
        "skipped": 0,
        "read_seq": 2,
    }
    row.update(values)
    listed = ", ".join(f"{value!r} as {name}" for name, value in row.items())
    return f"insert into work.staging.batches_read by name select {listed};" + landed(batch_id)


def landed(batch_id: str, **values: str) -> str:
    """Return an insert of a batch that landed for the night, as staging mirrors it."""
    row = {
        "batch_id": f"'{batch_id}'",
        "source": "'inbox'",
        "stream": "'orders'",
        "path": "'x'",
        "is_held": "false",
        "logical_date": "date '2026-03-01'",
        **values,
    }
    listed = ", ".join(f"{value} as {name}" for name, value in row.items())
    return f"insert into work.landing.batches by name select {listed}"


def refused(batch_id: str, rows: int) -> str:
    """Return an insert of rows into the quarantine."""
    return (
        "insert into work.staging.quarantine select 'stg_inbox__orders', "
        f"'{batch_id}' from range({rows})"
    )


def warehouse() -> duckdb.DuckDBPyConnection:
    """Return a new warehouse in memory in which every check passes."""
    con = duckdb.connect()
    con.execute("attach ':memory:' as work")
    for schema in ("core", "reports", "quality", "meta"):
        con.execute(f"create schema {schema}")
    for schema in ("landing", "config", "ops", "staging", "intermediate"):
        con.execute(f"create schema work.{schema}")
    for name, stream in load_streams().items():
        columns = ", ".join(f"{c.name} {_type(c.kind)}" for c in stream.columns)
        con.execute(
            f"create table work.staging.stg_inbox__{name} ({columns}, is_deleted boolean, "
            "source varchar, batch_id varchar, loaded_seq bigint)"
        )
        con.execute(staging_row(name))
    for other in ("b", "c"):
        con.execute(staging_row("deliverables", deliverable_id=f"'{other}'"))
    con.execute(_BATCHES_READ)
    con.execute("create table work.staging.quarantine (model varchar, batch_id varchar)")
    con.execute(
        "create table work.staging.contradictions (stream varchar, batch_id varchar, "
        "row_key varchar, column_name varchar, first_value varchar, last_value varchar)"
    )
    con.execute(
        "create table work.landing.batches (batch_id varchar, source varchar, stream varchar, "
        "path varchar, is_held boolean, logical_date date)"
    )
    con.execute(batch_row("b1"))
    con.execute(
        "create table work.ops.volume as select 'inbox' as source, 'orders' as stream, "
        "'usual' as finding, '1 row' as change, '' as known"
    )
    con.execute("create table work.config.brands as select 'a' as brand_id, 'own' as role")
    con.execute(
        "create table work.config.brand_competitors as "
        "select 'a' as brand_id, 'b' as competitor_brand_id"
    )
    con.execute("create table work.config.reporting as select 'a' as currency")
    for name in ("brand_handles", "platform_metrics", "tiers"):
        con.execute(f"create table work.config.{name} as select 'a' as platform")
    con.execute(
        "create table work.config.export_streams as "
        "select 'tool' as tool, 'sheet' as export, 'orders' as stream"
    )
    con.execute(
        "create table work.config.record_mappings as "
        "select 'platform' as source, 'things' as landed, 'posts' as stream"
    )
    for table, row in CORE.items():
        con.execute(f"create table {table} as select unnest(struct_pack({row}))")
    con.execute(
        "create table work.intermediate.int_creator_accounts__identify as select 'x' as platform, "
        "'a' as handle, 'd' as creator_id, 'x:1' as account_id, null::varchar as later_account_id"
    )
    con.execute(_ATTRIBUTION)
    con.execute(_RULES)
    con.execute(_PAID)
    con.execute(_CLICKS_COVERED)
    con.execute(
        "create table work.intermediate.int_brands__own_accounts as "
        "select 'a' as brand_id, 'of the brand' as account_id"
    )
    # two tables may have one set, of which one asks for fewer columns
    for name, touched in sorted(TOUCHED.items(), key=lambda item: len(item[1].columns)):
        table = next(table for table in CONTRACT if table.split(".")[1] == name)
        con.execute(
            f"create or replace table work.intermediate.{touched.model} as "
            f"select distinct {', '.join(touched.columns)} from {table}"
        )
    return con


class Restorable:
    """One good warehouse for many tests: each spoils a few tables, which are then put back."""

    def __init__(self) -> None:
        self.con = warehouse()
        self.con.execute("attach ':memory:' as good")
        self.tables = {}
        for number, (name,) in enumerate(
            self.con.execute(
                "select case when database_name = 'work' then 'work.' else '' end "
                "|| schema_name || '.' || table_name from duckdb_tables() "
                "where not internal and database_name <> 'good'"
            ).fetchall()
        ):
            self.tables[name] = f"good.table_{number}"
            self.con.execute(f"create table good.table_{number} as select * from {name}")

    def spoil(self, *statements: str) -> None:
        """Run SQL against the good warehouse."""
        for sql in statements:
            self.con.execute(sql)

    def restore(self, *statements: str) -> None:
        """Put back every table that these statements name."""
        for name, copy in self.tables.items():
            if any(re.search(rf"(?<![\w.]){re.escape(name)}\b", sql) for sql in statements):
                self.con.execute(f"delete from {name}; insert into {name} select * from {copy}")


def _type(kind: str) -> str:
    return "varchar[]" if kind.endswith("list") else _TYPES.get(kind, ("varchar", ""))[0]


def _value(stream: str, name: str, kind: str) -> str:
    if (stream, name) in _VALUES:
        return _VALUES[stream, name]
    if name == "collaboration_id":
        return "'k'"
    if kind.endswith("list"):
        return "['a']"
    return _TYPES.get(kind, ("", "'a'"))[1]
