with unread as (
    select * from {{ source('inbox', 'posts') }}
    union all by name
    {{ mapped_rows('bluesky', ref('stg_bluesky__posts'), stream_posts()) }}
    union all by name
    {{ mapped_rows('bluesky', ref('stg_bluesky__posts_missing'), stream_posts()) }}
    union all by name
    {{ mapped_rows('instagram', ref('stg_instagram__posts'), stream_posts()) }}
    union all by name
    {{ mapped_rows('instagram', ref('stg_instagram__posts_discovered'), stream_posts()) }}
    union all by name
    {{ mapped_rows('mastodon', ref('stg_mastodon__posts'), stream_posts()) }}
    union all by name
    {{ mapped_rows('tiktok', ref('stg_tiktok__posts'), stream_posts()) }}
    union all by name
    {{ mapped_rows('tiktok', ref('stg_tiktok__posts_missing'), stream_posts()) }}
    union all by name
    {{ mapped_rows('x', ref('stg_x__posts'), stream_posts()) }}
    union all by name
    {{ mapped_rows('x', ref('stg_x__posts_missing'), stream_posts()) }}
    union all by name
    {{ mapped_rows('youtube', ref('stg_youtube__posts'), stream_posts()) }}
    union all by name
    {{ mapped_rows('youtube', ref('stg_youtube__posts_found'), stream_posts()) }}
    union all by name
    {{ mapped_rows('youtube', ref('stg_youtube__posts_missing'), stream_posts()) }}
)

{{ typed_rows(stream_posts(), 'unread') }}
