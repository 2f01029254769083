with records as (
    select * from {{ source('tiktok', 'users') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "open_id": "VARCHAR",
            "username": "VARCHAR",
            "display_name": "VARCHAR",
            "bio_description": "VARCHAR",
            "follower_count": "VARCHAR",
            "following_count": "VARCHAR",
            "video_count": "VARCHAR",
            "is_verified": "VARCHAR"
        }') as profile
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'tiktok' as platform,
    parsed.profile.open_id as native_account_id,
    parsed.fetched_at as observed_at,
    parsed.profile.username as handle,
    parsed.profile.display_name,
    parsed.profile.bio_description as bio,
    parsed.profile.follower_count as followers,
    parsed.profile.following_count as following,
    parsed.profile.video_count as posts_count,
    parsed.profile.is_verified
from parsed
