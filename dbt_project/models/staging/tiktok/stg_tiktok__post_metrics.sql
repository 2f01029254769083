with records as (
    select * from {{ source('tiktok', 'videos') }}
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
            "comment_count": "VARCHAR",
            "share_count": "VARCHAR",
            "view_count": "VARCHAR",
            "favorites_count": "VARCHAR",
            "favourites_count": "VARCHAR"
        }') as video
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'tiktok' as platform,
    parsed.video.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.video.like_count as likes,
    parsed.video.comment_count as comments,
    parsed.video.share_count as shares,
    coalesce(parsed.video.favorites_count, parsed.video.favourites_count) as saves,
    parsed.video.view_count as views
from parsed
