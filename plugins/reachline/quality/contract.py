"""What readers rely on: every table with its grain, and what a night touches of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Touched:
    """The set of keys that a night touches in an incremental table: a model, and its columns."""

    model: str
    columns: tuple[str, ...]


# The same as in the models' own config (tests/gates hold the two together). What is not here is
# built whole each night, and small.
TOUCHED = {
    "bridge_post_collaborations": Touched("int_touched__paid_posts", ("post_id",)),
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
    "fct_post_latest": Touched("int_touched__post_days", ("post_id",)),
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
    "core.bridge_post_collaborations": ("post_id", "collaboration_id"),
    "core.dim_hashtag": ("hashtag",),
    "core.dim_date": ("date_day",),
    "core.fct_account_daily": ("account_id", "date_day"),
    "core.fct_post_daily": ("post_id", "date_day"),
    "core.fct_post_latest": ("post_id",),
    "core.fct_post_at_age": ("post_id", "age_days"),
    "core.fct_paid_post_metrics": ("post_id", "metric"),
    "core.fct_hashtag_daily": ("platform", "hashtag", "date_day"),
    "core.fct_kept_daily": ("platform", "published_on", "breakdown", "value", "kept_at"),
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
    "reports.content_insights": ("platform", "facet", "value"),
    "reports.compliance": ("post_id", "rule"),
    "reports.outreach_funnel": ("campaign_id", "channel"),
    "reports.campaign_pacing": ("campaign_id",),
    "reports.creator_relationships": ("brand_id", "creator_id"),
    "reports.next_bookings": ("brand_id", "creator_id"),
    "reports.fair_compensation": ("account_id",),
    "reports.code_health": ("code",),
    "reports.data_health": ("source", "stream"),
    "reports.click_doors": ("collaboration_id", "source"),
    "reports.click_door_hours": ("brand_id", "hour_at", "source"),
    "reports.orphan_clicks": ("utm_campaign", "utm_content", "source"),
    "quality.rejects": ("stream", "batch_id", "line"),
    "meta.run": ("logical_date",),
    "meta.metrics": ("metric",),
    "meta.thresholds": ("name",),
    "meta.coverage": ("stream", "brand_id"),
    "meta.batches": ("batch_id",),
    "meta.tables": ("table_schema", "table_name"),
    "meta.columns": ("table_schema", "table_name", "column_name"),
}

# Every view that readers rely on, with its grain; none multiplies the rows of what it is made of.
VIEWS: dict[str, tuple[str, ...]] = {
    "views.bookings": ("brand_id", "creator_id"),
    "views.brand_mentions": ("post_id", "brand_id", "kind"),
    "views.campaign_days": ("campaign_id", "date_day"),
    "views.campaign_money": ("campaign_id", "date_day"),
    "views.campaign_results": ("campaign_id",),
    "views.campaign_results_by_method": ("campaign_id", "method"),
    "views.collaboration_results": ("collaboration_id",),
    "views.collaboration_results_by_method": ("collaboration_id", "method"),
    "views.creator_accounts": ("account_id",),
    "views.order_credits": ("order_id", "touch_number"),
    "views.outreach": ("campaign_id", "channel"),
    "views.posts": ("post_id",),
    "views.relationships": ("brand_id", "creator_id"),
    "views.shortlist": ("brand_id", "account_id"),
    "views.voices": ("brand_id", "voice_brand_id", "week"),
}

METHODS = (
    "code_then_click",
    "first_touch",
    "last_touch",
    "linear",
    "position_based",
    "shapley",
    "time_decay",
)
