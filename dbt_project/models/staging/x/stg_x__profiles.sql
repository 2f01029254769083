with records as (
    select * from {{ source('x', 'users') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "username": "VARCHAR",
            "name": "VARCHAR",
            "description": "VARCHAR",
            "verified": "VARCHAR",
            "public_metrics": {
                "followers_count": "VARCHAR",
                "following_count": "VARCHAR",
                "tweet_count": "VARCHAR",
                "post_count": "VARCHAR"
            }
        }') as person
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'x' as platform,
    parsed.person.id as native_account_id,
    parsed.fetched_at as observed_at,
    parsed.person.username as handle,
    parsed.person.name as display_name,
    parsed.person.description as bio,
    parsed.person.public_metrics.followers_count as followers,
    parsed.person.public_metrics.following_count as following,
    parsed.person.verified as is_verified,
    coalesce(parsed.person.public_metrics.post_count, parsed.person.public_metrics.tweet_count)
        as posts_count
from parsed
