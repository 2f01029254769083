with records as (
    select * from {{ source('instagram', 'hashtag_media') }}
    union all
    select * from {{ source('instagram', 'tagged_media') }}
    union all
    select * from {{ source('instagram', 'mentioned_media') }}
    union all
    select * from {{ source('instagram', 'stories') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "like_count": "VARCHAR",
            "comments_count": "VARCHAR"
        }') as media
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'instagram' as platform,
    parsed.media.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.media.like_count as likes,
    parsed.media.comments_count as comments
from parsed
