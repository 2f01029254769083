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
    batch_id,
    landing_sequence,
    line,
    told.platform,
    told.published_on,
    told.breakdown,
    told.value,
    told.kept_at,
    told.accounts,
    told.posts,
    told.posts_measured,
    told.engagements,
    told.posts_viewed,
    told.views,
    told.posts_reached,
    told.reach,
    told.posts_shown,
    told.impressions
from parsed
-- a hashtag in which somebody was named who is forgotten
where told.value <> '[forgotten]'
