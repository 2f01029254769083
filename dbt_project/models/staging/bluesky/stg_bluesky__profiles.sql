with records as (
    select * from {{ source('bluesky', 'profiles') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "did": "VARCHAR",
            "handle": "VARCHAR",
            "displayName": "VARCHAR",
            "description": "VARCHAR",
            "followersCount": "VARCHAR",
            "followsCount": "VARCHAR",
            "postsCount": "VARCHAR",
            "verification": {"verifiedStatus": "VARCHAR"}
        }') as profile
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'bluesky' as platform,
    parsed.profile.did as native_account_id,
    parsed.fetched_at as observed_at,
    {{ bluesky_handle('parsed.profile.handle') }} as handle,
    parsed.profile.displayname as display_name,
    parsed.profile.description as bio,
    parsed.profile.followerscount as followers,
    parsed.profile.followscount as following,
    parsed.profile.postscount as posts_count,
    parsed.profile.verification.verifiedstatus = 'valid' as is_verified
from parsed
