"""The tables that the sentences of the morning are read from, empty."""

from __future__ import annotations

import duckdb

TABLES = {
    "core.fct_attribution": "order_id varchar, method varchar, collaboration_id varchar, "
    "ordered_on date, credit decimal(18, 10), attributed_revenue decimal(18, 4), "
    "attributed_profit decimal(18, 4)",
    "core.fct_costs": "cost_id varchar, incurred_on date, amount decimal(18, 4), "
    "is_committed_cost boolean",
    "core.fct_clicks": "click_id varchar, clicked_on date, collaboration_id varchar, "
    "is_valid boolean",
    "core.dim_campaign": "campaign_id varchar, campaign_name varchar, ends_on date, "
    "budget_amount decimal(18, 4)",
    "core.dim_creator": "creator_id varchar, shown_name varchar",
    "core.dim_account": "account_id varchar, handle varchar, followers bigint",
    "core.dim_brand": "brand_id varchar, brand_name varchar, role varchar",
    "reports.campaign_performance": "campaign_id varchar, method varchar, "
    "is_default_method boolean, result_state varchar, orders_covered double, "
    "clicks_covered double, posts bigint, posts_with_reach bigint, "
    "posts_with_impressions bigint, attributed_revenue decimal(18, 4), "
    "attributed_profit decimal(18, 4), profit_coverage double, cost_committed decimal(18, 4), "
    "roi double",
    "reports.campaign_pacing": "campaign_id varchar, goal_metric varchar, "
    "goal_value decimal(18, 4), actual double, expected_to_date double, pacing double, "
    "status varchar, deliverables_due bigint, deliverables_live bigint, deliverables_late bigint",
    "reports.compliance": "post_id varchar, rule varchar, result varchar",
    "reports.code_health": "code varchar, likely_leaked boolean, revenue_with_code decimal(18, 4)",
    "reports.data_health": "source varchar, stream varchar, freshness varchar, gate varchar, "
    "queries_incomplete bigint, queries_not_found bigint, files_refused bigint, "
    "completeness varchar",
    "reports.fair_compensation": "account_id varchar, suggested_low decimal(18, 4), "
    "suggested_high decimal(18, 4)",
    "reports.next_bookings": "brand_id varchar, creator_id varchar, verdict varchar, "
    "expected_profit decimal(18, 4), expected_profit_low decimal(18, 4), "
    "expected_profit_high decimal(18, 4), next_break_even_fee decimal(18, 4), "
    "last_fee decimal(18, 4), last_cost decimal(18, 4), profit_per_1000 double, "
    "spend_order bigint",
    "reports.discovery_shortlist": "brand_id varchar, account_id varchar, rank bigint, "
    "score double, reasons varchar, platform varchar, handle varchar",
    "reports.share_of_voice": "brand_id varchar, voice_brand_id varchar, week date, "
    "share_of_posts double, is_partial boolean",
    "quality.gate_results": "table_name varchar, expectation varchar, observed varchar, "
    "success boolean, accepted varchar",
    "meta.run": "logical_date date, currency varchar",
    "meta.coverage": "stream varchar, brand_id varchar, covered_from date, covered_to date",
    "meta.thresholds": "name varchar, value double",
}


def create_missing(con: duckdb.DuckDBPyConnection) -> None:
    """Create those of the tables that are not there."""
    for schema in ("core", "reports", "quality", "meta"):
        con.execute(f"create schema if not exists {schema}")
    for table, columns in TABLES.items():
        con.execute(f"create table if not exists {table} ({columns})")
