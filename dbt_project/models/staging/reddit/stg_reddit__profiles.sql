with records as (
    select * from {{ source('reddit', 'profiles') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "name": "VARCHAR",
            "subreddit": {
                "title": "VARCHAR",
                "public_description": "VARCHAR",
                "subscribers": "VARCHAR"
            }
        }') as profile
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'reddit' as platform,
    't2_' || parsed.profile.id as native_account_id,
    parsed.fetched_at as observed_at,
    parsed.profile.name as handle,
    nullif(parsed.profile.subreddit.title, '') as display_name,
    nullif(parsed.profile.subreddit.public_description, '') as bio,
    nullif(parsed.profile.subreddit.subscribers, '0') as followers
from parsed
