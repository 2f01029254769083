with records as (
    select * from {{ source('mastodon', 'statuses') }}
    -- those for followers or the mentioned alone are for nobody else, whichever version landed them
    where record ->> 'visibility' in ('public', 'unlisted')
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        json_transform(record, '{
            "uri": "VARCHAR",
            "reblog": {"uri": "VARCHAR"},
            "favourites_count": "VARCHAR",
            "replies_count": "VARCHAR",
            "reblogs_count": "VARCHAR"
        }') as status
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'mastodon' as platform,
    parsed.status.uri as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.status.favourites_count as likes,
    parsed.status.replies_count as comments,
    parsed.status.reblogs_count as shares
from parsed
where parsed.status.reblog.uri is null
