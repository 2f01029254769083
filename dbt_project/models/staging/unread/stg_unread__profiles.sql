with unread as (
    select * from {{ source('inbox', 'profiles') }}
    union all by name
    {{ mapped_rows('bluesky', ref('stg_bluesky__profiles'), stream_profiles()) }}
    union all by name
    {{ mapped_rows('instagram', ref('stg_instagram__profiles'), stream_profiles()) }}
    union all by name
    {{ mapped_rows('mastodon', ref('stg_mastodon__profiles'), stream_profiles()) }}
    union all by name
    {{ mapped_rows('tiktok', ref('stg_tiktok__profiles'), stream_profiles()) }}
    union all by name
    {{ mapped_rows('x', ref('stg_x__profiles'), stream_profiles()) }}
    union all by name
    {{ mapped_rows('youtube', ref('stg_youtube__profiles'), stream_profiles()) }}
)

{{ typed_rows(stream_profiles(), 'unread') }}
