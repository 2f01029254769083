{#-
    What is true of each platform, and of all others (`*`). `make format` writes this
    from plugins/reachline/configuration/platforms, which says what each fact means.
-#}
{% macro platforms() %}
{{ return({
    "bluesky": {
        "public_counts": ["likes", "comments", "shares"],
        "never_reports": ["views", "reach", "impressions"],
        "mention_sign": "@",
        "names_servers": false,
        "fold": 125,
        "post_links": [],
        "account_ids": "",
        "derivation_needs_consent": false,
    },
    "instagram": {
        "public_counts": ["likes", "comments"],
        "never_reports": [],
        "mention_sign": "@",
        "names_servers": false,
        "fold": 125,
        "post_links": [],
        "account_ids": "",
        "derivation_needs_consent": false,
    },
    "mastodon": {
        "public_counts": ["likes", "comments", "shares"],
        "never_reports": ["saves", "views", "reach", "impressions"],
        "mention_sign": "@",
        "names_servers": true,
        "fold": 125,
        "post_links": [],
        "account_ids": "",
        "derivation_needs_consent": false,
    },
    "tiktok": {
        "public_counts": ["likes", "comments", "shares"],
        "never_reports": [],
        "mention_sign": "@",
        "names_servers": false,
        "fold": 125,
        "post_links": [],
        "account_ids": "",
        "derivation_needs_consent": false,
    },
    "x": {
        "public_counts": ["likes", "comments", "shares"],
        "never_reports": ["reach"],
        "mention_sign": "@",
        "names_servers": false,
        "fold": 125,
        "post_links": ["(?i:mobile\\.)?(?i:x|twitter)\\.com/(?:i/web|[^/?#\\s]+)/status(?:es)?/(\\d+)"],
        "account_ids": "",
        "derivation_needs_consent": false,
    },
    "youtube": {
        "public_counts": ["likes", "comments"],
        "never_reports": ["shares", "saves", "reach", "impressions"],
        "mention_sign": "@",
        "names_servers": false,
        "fold": 125,
        "post_links": ["(?i:youtube\\.com)/watch/?\\?(?:[^#]*?&)?v=([^&#\\s]+)", "(?i:youtu\\.be/|youtube\\.com/shorts/)([^/?#\\s]+)"],
        "account_ids": "UC[A-Za-z0-9_-]{22}",
        "derivation_needs_consent": true,
    },
    "*": {
        "public_counts": ["likes", "comments"],
        "never_reports": [],
        "mention_sign": "@",
        "names_servers": false,
        "fold": 125,
        "post_links": [],
        "account_ids": "",
        "derivation_needs_consent": false,
    },
}) }}
{% endmacro %}
