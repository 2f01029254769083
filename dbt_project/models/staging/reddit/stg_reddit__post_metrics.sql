with records as (
    select * from {{ source('reddit', 'posts') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "score": "VARCHAR",
            "hide_score": "BOOLEAN",
            "num_comments": "VARCHAR",
            "num_crossposts": "VARCHAR"
        }') as post
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'reddit' as platform,
    parsed.post.id as native_post_id,
    parsed.fetched_at as observed_at,
    case when not coalesce(parsed.post.hide_score, false) then parsed.post.score end as likes,
    parsed.post.num_comments as comments,
    parsed.post.num_crossposts as shares
from parsed
