with records as (
    select * from {{ source('youtube', 'videos') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "statistics": {"viewCount": "VARCHAR", "likeCount": "VARCHAR", "commentCount": "VARCHAR"}
        }') as video
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'youtube' as platform,
    parsed.video.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.video.statistics.likecount as likes,
    parsed.video.statistics.commentcount as comments,
    parsed.video.statistics.viewcount as views
from parsed
where parsed.video.statistics is not null
