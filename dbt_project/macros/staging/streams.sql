{#-
    What each stream is, as typed_select and merged want it. dbt shows a model's
    YAML neither to other models nor to unit tests: `make format` writes this from
    models/staging/inbox/_inbox__models.yml.
-#}

{% macro stream_campaigns() %}
{{ return({
    "name": "campaigns",
    "key": ["campaign_id"],
    "version_by": none,
    "servers": none,
    "checks": [{"column": "attribution_window_days", "sql": "attribution_window_days is null or attribution_window_days between 1 and 365", "reason": "must be 1 to 365 days"}],
    "columns": [
        {"name": "campaign_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "brand_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "campaign_name", "data_type": "varchar", "kind": "masked", "required": true},
        {"name": "objective", "data_type": "varchar", "kind": "masked"},
        {"name": "starts_on", "data_type": "date", "kind": "date", "required": true, "dated": "plan"},
        {"name": "ends_on", "data_type": "date", "kind": "date", "required": true, "dated": "plan"},
        {"name": "budget", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
        {"name": "currency", "data_type": "varchar", "kind": "currency"},
        {"name": "goal_metric", "data_type": "varchar", "kind": "enum", "values": ["engagements", "reach", "impressions", "clicks", "conversions", "revenue", "posts"]},
        {"name": "goal_value", "data_type": "decimal(18, 4)", "kind": "number"},
        {"name": "required_hashtags", "data_type": "varchar[]", "kind": "hashtag_list"},
        {"name": "required_mentions", "data_type": "varchar[]", "kind": "handle_list"},
        {"name": "forbidden_terms", "data_type": "varchar[]", "kind": "list"},
        {"name": "utm_campaign", "data_type": "varchar", "kind": "lower"},
        {"name": "attribution_window_days", "data_type": "bigint", "kind": "count"},
    ],
}) }}
{% endmacro %}

{% macro stream_creators() %}
{{ return({
    "name": "creators",
    "key": ["creator_id"],
    "version_by": none,
    "servers": none,
    "checks": [],
    "columns": [
        {"name": "creator_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "creator_name", "data_type": "varchar", "kind": "masked", "required": true},
        {"name": "country", "data_type": "varchar", "kind": "masked"},
        {"name": "language", "data_type": "varchar", "kind": "masked"},
        {"name": "niches", "data_type": "varchar[]", "kind": "hashtag_list"},
        {"name": "email", "data_type": "varchar", "kind": "text"},
    ],
}) }}
{% endmacro %}

{% macro stream_creator_accounts() %}
{{ return({
    "name": "creator_accounts",
    "key": ["platform", "handle"],
    "version_by": none,
    "servers": ["mastodon"],
    "checks": [],
    "columns": [
        {"name": "platform", "data_type": "varchar", "kind": "platform", "required": true},
        {"name": "handle", "data_type": "varchar", "kind": "handle", "required": true},
        {"name": "creator_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "native_account_id", "data_type": "varchar", "kind": "id", "may_name_server": true},
    ],
}) }}
{% endmacro %}

{% macro stream_collaborations() %}
{{ return({
    "name": "collaborations",
    "key": ["collaboration_id"],
    "version_by": none,
    "servers": none,
    "checks": [],
    "columns": [
        {"name": "collaboration_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "campaign_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "creator_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "status", "data_type": "varchar", "kind": "enum", "required": true, "values": ["proposed", "agreed", "active", "completed", "cancelled"]},
        {"name": "agreed_on", "data_type": "date", "kind": "date", "dated": "plan"},
        {"name": "fee", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
        {"name": "product_cost", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
        {"name": "commission_rate", "data_type": "decimal(9, 6)", "kind": "share"},
        {"name": "currency", "data_type": "varchar", "kind": "currency"},
    ],
}) }}
{% endmacro %}

{% macro stream_deliverables() %}
{{ return({
    "name": "deliverables",
    "key": ["deliverable_id"],
    "version_by": none,
    "servers": ["mastodon"],
    "checks": [],
    "columns": [
        {"name": "deliverable_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "collaboration_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "platform", "data_type": "varchar", "kind": "platform", "required": true},
        {"name": "content_type", "data_type": "varchar", "kind": "lower"},
        {"name": "due_on", "data_type": "date", "kind": "date", "required": true, "dated": "plan"},
        {"name": "post_url", "data_type": "varchar", "kind": "url"},
    ],
}) }}
{% endmacro %}

{% macro stream_promo_codes() %}
{{ return({
    "name": "promo_codes",
    "key": ["code", "valid_from"],
    "version_by": none,
    "servers": none,
    "checks": [],
    "columns": [
        {"name": "code", "data_type": "varchar", "kind": "code", "required": true},
        {"name": "valid_from", "data_type": "date", "kind": "date", "required": true},
        {"name": "collaboration_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "discount_rate", "data_type": "decimal(9, 6)", "kind": "share"},
        {"name": "valid_to", "data_type": "date", "kind": "date"},
    ],
}) }}
{% endmacro %}

{% macro stream_tracking_links() %}
{{ return({
    "name": "tracking_links",
    "key": ["link_id"],
    "version_by": none,
    "servers": none,
    "checks": [],
    "columns": [
        {"name": "link_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "collaboration_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "url", "data_type": "varchar", "kind": "text", "required": true},
    ],
}) }}
{% endmacro %}

{% macro stream_payments() %}
{{ return({
    "name": "payments",
    "key": ["payment_id"],
    "version_by": none,
    "servers": none,
    "checks": [],
    "columns": [
        {"name": "payment_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "collaboration_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "kind", "data_type": "varchar", "kind": "enum", "required": true, "values": ["fee", "commission", "product", "shipping", "boost"]},
        {"name": "status", "data_type": "varchar", "kind": "enum", "required": true, "values": ["committed", "paid"]},
        {"name": "incurred_on", "data_type": "date", "kind": "date", "required": true, "dated": "event"},
        {"name": "amount", "data_type": "decimal(18, 4)", "kind": "money", "required": true, "currency": "currency"},
        {"name": "currency", "data_type": "varchar", "kind": "currency", "required": true},
    ],
}) }}
{% endmacro %}

{% macro stream_outreach() %}
{{ return({
    "name": "outreach",
    "key": ["outreach_id", "status"],
    "version_by": none,
    "servers": ["mastodon"],
    "checks": [{"column": "creator_id", "sql": "creator_id is not null or (platform is not null and handle is not null)", "reason": "needs creator_id, or platform and handle"}],
    "columns": [
        {"name": "outreach_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "status", "data_type": "varchar", "kind": "enum", "required": true, "values": ["contacted", "replied", "negotiating", "agreed", "declined", "no_reply"]},
        {"name": "campaign_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "creator_id", "data_type": "varchar", "kind": "id"},
        {"name": "platform", "data_type": "varchar", "kind": "platform"},
        {"name": "handle", "data_type": "varchar", "kind": "handle"},
        {"name": "channel", "data_type": "varchar", "kind": "lower", "required": true},
        {"name": "status_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
    ],
}) }}
{% endmacro %}

{% macro stream_customers() %}
{{ return({
    "name": "customers",
    "key": ["customer_id", "platform", "handle"],
    "version_by": none,
    "servers": ["mastodon"],
    "checks": [],
    "columns": [
        {"name": "customer_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "platform", "data_type": "varchar", "kind": "platform", "null_as": ""},
        {"name": "handle", "data_type": "varchar", "kind": "handle", "null_as": ""},
        {"name": "email_sha256", "data_type": "varchar", "kind": "lower"},
    ],
}) }}
{% endmacro %}

{% macro stream_recommendations() %}
{{ return({
    "name": "recommendations",
    "key": ["recommendation_id"],
    "version_by": none,
    "servers": ["mastodon"],
    "checks": [],
    "columns": [
        {"name": "recommendation_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "customer_id", "data_type": "varchar", "kind": "id"},
        {"name": "platform", "data_type": "varchar", "kind": "platform", "required": true},
        {"name": "handle", "data_type": "varchar", "kind": "handle", "required": true},
        {"name": "brand_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "recommended_on", "data_type": "date", "kind": "date", "required": true, "dated": "event"},
    ],
}) }}
{% endmacro %}

{% macro stream_events() %}
{{ return({
    "name": "events",
    "key": ["event_id"],
    "version_by": none,
    "servers": none,
    "checks": [],
    "columns": [
        {"name": "event_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "event_name", "data_type": "varchar", "kind": "masked", "required": true},
        {"name": "brand_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "hashtags", "data_type": "varchar[]", "kind": "hashtag_list", "required": true},
        {"name": "starts_on", "data_type": "date", "kind": "date", "required": true, "dated": "plan"},
        {"name": "ends_on", "data_type": "date", "kind": "date", "required": true, "dated": "plan"},
    ],
}) }}
{% endmacro %}

{% macro stream_fx_rates() %}
{{ return({
    "name": "fx_rates",
    "key": ["rate_date", "base_currency", "quote_currency"],
    "version_by": none,
    "servers": none,
    "checks": [{"column": "rate", "sql": "rate > 0", "reason": "must be above 0"}],
    "columns": [
        {"name": "rate_date", "data_type": "date", "kind": "date", "required": true},
        {"name": "base_currency", "data_type": "varchar", "kind": "currency", "required": true},
        {"name": "quote_currency", "data_type": "varchar", "kind": "currency", "required": true},
        {"name": "rate", "data_type": "decimal(20, 10)", "kind": "rate", "required": true},
    ],
}) }}
{% endmacro %}

{% macro stream_orders() %}
{{ return({
    "name": "orders",
    "key": ["order_id"],
    "version_by": none,
    "servers": none,
    "checks": [{"column": "gross_amount", "sql": "gross_amount >= 0", "reason": "must not be negative"}, {"column": "discount_amount", "sql": "discount_amount is null or discount_amount >= 0", "reason": "must not be negative"}, {"column": "discount_amount", "sql": "discount_amount is null or gross_amount is null or discount_amount <= gross_amount", "reason": "must be at most gross_amount"}, {"column": "gift_card_amount", "sql": "gift_card_amount is null or gift_card_amount >= 0", "reason": "must not be negative"}, {"column": "gift_card_amount", "sql": "gift_card_amount is null or gross_amount is null or gift_card_amount <= gross_amount - coalesce(discount_amount, 0)", "reason": "must be at most gross_amount less discount_amount"}],
    "columns": [
        {"name": "order_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "ordered_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
        {"name": "currency", "data_type": "varchar", "kind": "currency", "required": true},
        {"name": "gross_amount", "data_type": "decimal(18, 4)", "kind": "money", "required": true, "currency": "currency"},
        {"name": "discount_amount", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
        {"name": "tax_amount", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
        {"name": "shipping_amount", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
        {"name": "cost_of_goods", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
        {"name": "customer_id", "data_type": "varchar", "kind": "id"},
        {"name": "visitor_id", "data_type": "varchar", "kind": "id"},
        {"name": "discount_codes", "data_type": "varchar[]", "kind": "code_list"},
        {"name": "status", "data_type": "varchar", "kind": "enum", "required": true, "values": ["placed", "cancelled"]},
        {"name": "is_test", "data_type": "boolean", "kind": "boolean"},
        {"name": "order_kind", "data_type": "varchar", "kind": "enum", "values": ["renewal"]},
        {"name": "gift_card_amount", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
        {"name": "kept_amount", "data_type": "decimal(18, 4)", "kind": "money", "currency": "currency"},
    ],
}) }}
{% endmacro %}

{% macro stream_refunds() %}
{{ return({
    "name": "refunds",
    "key": ["refund_id"],
    "version_by": none,
    "servers": none,
    "checks": [{"column": "amount", "sql": "amount >= 0", "reason": "must not be negative"}],
    "columns": [
        {"name": "refund_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "order_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "refunded_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
        {"name": "amount", "data_type": "decimal(18, 4)", "kind": "number", "required": true},
    ],
}) }}
{% endmacro %}

{% macro stream_clicks() %}
{{ return({
    "name": "clicks",
    "key": ["click_id"],
    "version_by": none,
    "servers": none,
    "checks": [{"column": "link_id", "sql": "link_id is not null or landing_url is not null", "reason": "needs link_id or landing_url"}],
    "columns": [
        {"name": "click_id", "data_type": "varchar", "kind": "id", "required": true},
        {"name": "clicked_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
        {"name": "link_id", "data_type": "varchar", "kind": "id"},
        {"name": "landing_url", "data_type": "varchar", "kind": "text"},
        {"name": "visitor_id", "data_type": "varchar", "kind": "id"},
        {"name": "user_agent", "data_type": "varchar", "kind": "text"},
        {"name": "referrer", "data_type": "varchar", "kind": "text"},
    ],
}) }}
{% endmacro %}

{% macro stream_profiles() %}
{{ return({
    "name": "profiles",
    "key": ["platform", "native_account_id", "observed_at"],
    "version_by": none,
    "servers": ["mastodon"],
    "checks": [],
    "columns": [
        {"name": "platform", "data_type": "varchar", "kind": "platform", "required": true},
        {"name": "native_account_id", "data_type": "varchar", "kind": "id", "required": true, "may_name_server": true},
        {"name": "observed_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
        {"name": "handle", "data_type": "varchar", "kind": "handle"},
        {"name": "display_name", "data_type": "varchar", "kind": "masked"},
        {"name": "bio", "data_type": "varchar", "kind": "masked"},
        {"name": "followers", "data_type": "bigint", "kind": "count"},
        {"name": "following", "data_type": "bigint", "kind": "count"},
        {"name": "posts_count", "data_type": "bigint", "kind": "count"},
        {"name": "is_verified", "data_type": "boolean", "kind": "boolean"},
        {"name": "is_bot", "data_type": "boolean", "kind": "boolean"},
        {"name": "is_noindex", "data_type": "boolean", "kind": "boolean"},
        {"name": "language", "data_type": "varchar", "kind": "masked"},
        {"name": "country", "data_type": "varchar", "kind": "masked"},
    ],
}) }}
{% endmacro %}

{% macro stream_posts() %}
{{ return({
    "name": "posts",
    "key": ["platform", "native_post_id"],
    "version_by": "observed_at",
    "servers": ["mastodon"],
    "checks": [],
    "columns": [
        {"name": "platform", "data_type": "varchar", "kind": "platform", "required": true},
        {"name": "native_post_id", "data_type": "varchar", "kind": "id", "required": true, "may_name_server": true},
        {"name": "observed_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
        {"name": "native_account_id", "data_type": "varchar", "kind": "id", "may_name_server": true},
        {"name": "handle", "data_type": "varchar", "kind": "handle"},
        {"name": "published_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
        {"name": "content_type", "data_type": "varchar", "kind": "lower"},
        {"name": "text", "data_type": "varchar", "kind": "masked"},
        {"name": "permalink", "data_type": "varchar", "kind": "url"},
        {"name": "language", "data_type": "varchar", "kind": "masked"},
        {"name": "hashtags", "data_type": "varchar[]", "kind": "hashtag_list"},
        {"name": "mentions", "data_type": "varchar[]", "kind": "handle_list"},
        {"name": "urls", "data_type": "varchar[]", "kind": "list"},
        {"name": "is_paid_label", "data_type": "boolean", "kind": "boolean"},
        {"name": "is_repost", "data_type": "boolean", "kind": "boolean"},
        {"name": "deleted_on", "data_type": "date", "kind": "date"},
        {"name": "authors", "data_type": "varchar[]", "kind": "handle_list"},
        {"name": "found_by", "data_type": "varchar", "kind": "id", "may_name_server": true},
        {"name": "media_url", "data_type": "varchar", "kind": "picture"},
    ],
}) }}
{% endmacro %}

{% macro stream_post_metrics() %}
{{ return({
    "name": "post_metrics",
    "key": ["platform", "native_post_id", "observed_at", "value_basis"],
    "version_by": none,
    "servers": ["mastodon"],
    "checks": [],
    "columns": [
        {"name": "platform", "data_type": "varchar", "kind": "platform", "required": true},
        {"name": "native_post_id", "data_type": "varchar", "kind": "id", "required": true, "may_name_server": true},
        {"name": "observed_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
        {"name": "value_basis", "data_type": "varchar", "kind": "enum", "values": ["measured", "estimated", "declared"], "default": "measured"},
        {"name": "likes", "data_type": "bigint", "kind": "count"},
        {"name": "comments", "data_type": "bigint", "kind": "count"},
        {"name": "shares", "data_type": "bigint", "kind": "count"},
        {"name": "saves", "data_type": "bigint", "kind": "count"},
        {"name": "views", "data_type": "bigint", "kind": "count"},
        {"name": "reach", "data_type": "bigint", "kind": "count"},
        {"name": "impressions", "data_type": "bigint", "kind": "count"},
        {"name": "paid_likes", "data_type": "bigint", "kind": "count"},
        {"name": "paid_comments", "data_type": "bigint", "kind": "count"},
        {"name": "paid_shares", "data_type": "bigint", "kind": "count"},
        {"name": "paid_saves", "data_type": "bigint", "kind": "count"},
        {"name": "paid_views", "data_type": "bigint", "kind": "count"},
        {"name": "paid_reach", "data_type": "bigint", "kind": "count"},
        {"name": "paid_impressions", "data_type": "bigint", "kind": "count"},
    ],
}) }}
{% endmacro %}

{% macro stream_kept_daily() %}
{{ return({
    "name": "kept_daily",
    "key": ["platform", "published_on", "breakdown", "value", "kept_at"],
    "version_by": none,
    "servers": ["mastodon"],
    "checks": [],
    "columns": [
        {"name": "platform", "data_type": "varchar", "kind": "platform", "required": true},
        {"name": "published_on", "data_type": "date", "kind": "date", "required": true, "dated": "event"},
        {"name": "breakdown", "data_type": "varchar", "kind": "enum", "required": true, "values": ["all", "content_type", "tier", "hashtag"]},
        {"name": "value", "data_type": "varchar", "kind": "lower", "required": true},
        {"name": "kept_at", "data_type": "timestamp", "kind": "timestamp", "required": true, "dated": "event"},
        {"name": "accounts", "data_type": "bigint", "kind": "count", "required": true},
        {"name": "posts", "data_type": "bigint", "kind": "count", "required": true},
        {"name": "posts_measured", "data_type": "bigint", "kind": "count"},
        {"name": "engagements", "data_type": "bigint", "kind": "count"},
        {"name": "posts_viewed", "data_type": "bigint", "kind": "count"},
        {"name": "views", "data_type": "bigint", "kind": "count"},
        {"name": "posts_reached", "data_type": "bigint", "kind": "count"},
        {"name": "reach", "data_type": "bigint", "kind": "count"},
        {"name": "posts_shown", "data_type": "bigint", "kind": "count"},
        {"name": "impressions", "data_type": "bigint", "kind": "count"},
    ],
}) }}
{% endmacro %}
