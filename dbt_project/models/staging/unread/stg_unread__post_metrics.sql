with unread as (
    select * from {{ source('inbox', 'post_metrics') }}
    union all by name
    {{ mapped_rows('bluesky', ref('stg_bluesky__post_metrics'), stream_post_metrics()) }}
    union all by name
    {{ mapped_rows('instagram', ref('stg_instagram__post_metrics'), stream_post_metrics()) }}
    union all by name
    {{ mapped_rows('instagram', ref('stg_instagram__post_metrics_discovered'), stream_post_metrics()) }}
    union all by name
    {{ mapped_rows('instagram', ref('stg_instagram__post_metrics_insights'), stream_post_metrics()) }}
    union all by name
    {{ mapped_rows('mastodon', ref('stg_mastodon__post_metrics'), stream_post_metrics()) }}
    union all by name
    {{ mapped_rows('tiktok', ref('stg_tiktok__post_metrics'), stream_post_metrics()) }}
    union all by name
    {{ mapped_rows('x', ref('stg_x__post_metrics'), stream_post_metrics()) }}
    union all by name
    {{ mapped_rows('youtube', ref('stg_youtube__post_metrics'), stream_post_metrics()) }}
)

{{ typed_rows(stream_post_metrics(), 'unread') }}
