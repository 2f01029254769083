with records as (
    select * from {{ source('instagram', 'hashtag_media') }}
    union all
    select * from {{ source('instagram', 'tagged_media') }}
    union all
    select * from {{ source('instagram', 'mentioned_media') }}
    union all
    select * from {{ source('instagram', 'stories') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        query,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "username": "VARCHAR",
            "caption": "VARCHAR",
            "media_type": "VARCHAR",
            "media_product_type": "VARCHAR",
            "permalink": "VARCHAR",
            "timestamp": "VARCHAR"
        }') as media
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'instagram' as platform,
    parsed.media.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.media.username as handle,
    parsed.media.timestamp as published_at,
    parsed.media.caption as text,
    parsed.media.permalink,
    {{ instagram_content_type('parsed.media.media_product_type', 'parsed.media.media_type') }}
        as content_type,
    {{ found_by('parsed.query') }} as found_by
from parsed
