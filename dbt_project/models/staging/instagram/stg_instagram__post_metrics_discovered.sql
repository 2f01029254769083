with records as (
    select * from {{ source('instagram', 'business_discovery') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        unnest(json_transform(record -> 'media' -> 'data', '[{
            "id": "VARCHAR",
            "like_count": "VARCHAR",
            "comments_count": "VARCHAR",
            "view_count": "VARCHAR"
        }]')) as media
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
    parsed.media.comments_count as comments,
    parsed.media.view_count as views
from parsed
