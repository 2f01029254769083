with kept_daily as (
    select * from {{ merged('kept_daily') }}
)

select
    platform,
    published_on,
    breakdown,
    value,
    kept_at,
    accounts,
    posts,
    posts_measured,
    engagements,
    posts_viewed,
    views,
    posts_reached,
    reach,
    posts_shown,
    impressions,
    batch_id
from kept_daily
