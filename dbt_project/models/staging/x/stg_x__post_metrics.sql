with records as (
    select * from {{ source('x', 'posts') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "edit_history_tweet_ids": ["VARCHAR"],
            "edit_history_post_ids": ["VARCHAR"],
            "referenced_tweets": [{"type": "VARCHAR"}],
            "referenced_posts": [{"type": "VARCHAR"}],
            "public_metrics": {
                "retweet_count": "VARCHAR",
                "repost_count": "VARCHAR",
                "reply_count": "VARCHAR",
                "like_count": "VARCHAR",
                "quote_count": "VARCHAR",
                "bookmark_count": "VARCHAR",
                "impression_count": "VARCHAR"
            }
        }') as post
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'x' as platform,
    coalesce(
        parsed.post.edit_history_post_ids[1], parsed.post.edit_history_tweet_ids[1], parsed.post.id
    ) as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.post.public_metrics.like_count as likes,
    parsed.post.public_metrics.reply_count as comments,
    {{ sum_of_counts(
        'coalesce(parsed.post.public_metrics.repost_count, parsed.post.public_metrics.retweet_count)',
        'parsed.post.public_metrics.quote_count',
    ) }} as shares,
    parsed.post.public_metrics.bookmark_count as saves,
    parsed.post.public_metrics.impression_count as impressions
from parsed
where parsed.post.public_metrics is not null and not {{ is_repost('parsed.post') }}
