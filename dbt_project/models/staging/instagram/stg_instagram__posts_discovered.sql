with records as (
    select * from {{ source('instagram', 'business_discovery') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        record ->> 'id' as account_id,
        record ->> 'username' as username,
        unnest(json_transform(record -> 'media' -> 'data', '[{
            "id": "VARCHAR",
            "caption": "VARCHAR",
            "media_type": "VARCHAR",
            "media_product_type": "VARCHAR",
            "permalink": "VARCHAR",
            "timestamp": "VARCHAR"
        }]')) as media
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'instagram' as platform,
    parsed.media.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.account_id as native_account_id,
    parsed.username as handle,
    parsed.media.timestamp as published_at,
    parsed.media.caption as text,
    parsed.media.permalink,
    {{ instagram_content_type('parsed.media.media_product_type', 'parsed.media.media_type') }}
        as content_type
from parsed
