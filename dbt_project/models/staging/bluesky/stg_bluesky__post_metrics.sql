with records as (
    select * from {{ source('bluesky', 'posts') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "uri": "VARCHAR",
            "likeCount": "VARCHAR",
            "replyCount": "VARCHAR",
            "repostCount": "VARCHAR",
            "quoteCount": "VARCHAR",
            "bookmarkCount": "VARCHAR"
        }') as post
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'bluesky' as platform,
    parsed.post.uri as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.post.likecount as likes,
    parsed.post.replycount as comments,
    {{ sum_of_counts('parsed.post.repostcount', 'parsed.post.quotecount') }} as shares,
    parsed.post.bookmarkcount as saves
from parsed
