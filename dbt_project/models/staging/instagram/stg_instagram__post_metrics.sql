with parsed as (
    select
        landed,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "like_count": "VARCHAR",
            "comments_count": "VARCHAR"
        }') as media
    from records
)

select
    parsed.landed,
    'instagram' as platform,
    parsed.media.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.media.like_count as likes,
    parsed.media.comments_count as comments
from parsed
