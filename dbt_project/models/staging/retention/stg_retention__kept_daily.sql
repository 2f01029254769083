with records as (
    select * from {{ source('retention', 'kept_daily') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        json_transform(record, '{
            "platform": "VARCHAR",
            "published_on": "VARCHAR",
            "breakdown": "VARCHAR",
            "value": "VARCHAR",
            "kept_at": "VARCHAR",
            "accounts": "VARCHAR",
            "posts": "VARCHAR",
            "posts_measured": "VARCHAR",
            "engagements": "VARCHAR",
            "posts_viewed": "VARCHAR",
            "views": "VARCHAR",
            "posts_reached": "VARCHAR",
            "reach": "VARCHAR",
            "posts_shown": "VARCHAR",
            "impressions": "VARCHAR"
        }') as told
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    parsed.told.platform,
    parsed.told.published_on,
    parsed.told.breakdown,
    parsed.told.value,
    parsed.told.kept_at,
    parsed.told.accounts,
    parsed.told.posts,
    parsed.told.posts_measured,
    parsed.told.engagements,
    parsed.told.posts_viewed,
    parsed.told.views,
    parsed.told.posts_reached,
    parsed.told.reach,
    parsed.told.posts_shown,
    parsed.told.impressions
from parsed
-- a hashtag in which somebody was named who is forgotten
where parsed.told.value is distinct from '[forgotten]'
