with records as (
    select * from {{ source('threads', 'users') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "user": {
                "username": "VARCHAR",
                "name": "VARCHAR",
                "threads_biography": "VARCHAR",
                "is_verified": "BOOLEAN"
            },
            "data": [{"name": "VARCHAR", "total_value": {"value": "VARCHAR"}}]
        }') as told
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'threads' as platform,
    parsed.told.user.username as native_account_id,
    parsed.fetched_at as observed_at,
    parsed.told.user.username as handle,
    parsed.told.user.name as display_name,
    parsed.told.user.threads_biography as bio,
    list_filter(parsed.told.data, lambda one: one.name = 'followers_count')[1].total_value.value
        as followers,
    parsed.told.user.is_verified
from parsed
