with records as (
    select * from {{ source('instagram', 'business_discovery') }}
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
            "biography": "VARCHAR",
            "followers_count": "VARCHAR",
            "follows_count": "VARCHAR",
            "media_count": "VARCHAR"
        }') as profile
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'instagram' as platform,
    parsed.profile.id as native_account_id,
    parsed.fetched_at as observed_at,
    parsed.profile.username as handle,
    parsed.profile.name as display_name,
    parsed.profile.biography as bio,
    parsed.profile.followers_count as followers,
    parsed.profile.follows_count as following,
    parsed.profile.media_count as posts_count
from parsed
