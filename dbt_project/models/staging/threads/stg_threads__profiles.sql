with records as (
    select * from {{ source('threads', 'profiles') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "username": "VARCHAR",
            "name": "VARCHAR",
            "biography": "VARCHAR",
            "follower_count": "VARCHAR",
            "is_verified": "BOOLEAN"
        }') as profile
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'threads' as platform,
    parsed.profile.username as native_account_id,
    parsed.fetched_at as observed_at,
    parsed.profile.username as handle,
    parsed.profile.name as display_name,
    parsed.profile.biography as bio,
    parsed.profile.follower_count as followers,
    parsed.profile.is_verified
from parsed
