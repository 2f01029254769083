-- a campaign that is not known (yet) leaves the collaboration an orphan, which touches nothing
with collaborations as (
    select * from {{ merged('collaborations') }}
),

int_campaigns__merged as (
    select * from {{ ref('int_campaigns__merged') }}
)

select
    collaborations.collaboration_id,
    collaborations.campaign_id,
    campaigns.brand_id,
    collaborations.creator_id,
    collaborations.status,
    campaigns.starts_on,
    campaigns.ends_on,
    campaigns.attribution_window_days,
    cast(campaigns.ends_on + interval 30 day as date) as posts_until
from collaborations
inner join int_campaigns__merged as campaigns on collaborations.campaign_id = campaigns.campaign_id
where collaborations.status in ('agreed', 'active', 'completed')
