with records as (
    select * from {{ source('instagram', 'media_insights') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        fetched_at,
        record ->> 'media_id' as media_id,
        json_transform(record -> 'data', '[{
            "name": "VARCHAR",
            "values": [{"value": "VARCHAR"}]
        }]') as insights
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'instagram' as platform,
    parsed.media_id as native_post_id,
    parsed.fetched_at as observed_at,
    {{ insight('parsed.insights', 'likes') }} as likes,
    {{ insight('parsed.insights', 'comments') }} as comments,
    {{ insight('parsed.insights', 'shares') }} as shares,
    {{ insight('parsed.insights', 'saved') }} as saves,
    {{ insight('parsed.insights', 'views') }} as views,
    {{ insight('parsed.insights', 'reach') }} as reach
from parsed
