-- a campaign that is not known (yet) leaves the collaboration an orphan, which touches nothing
select
    collaborations.collaboration_id,
    collaborations.campaign_id,
    campaigns.brand_id,
    collaborations.creator_id,
    collaborations.status,
    campaigns.starts_on,
    campaigns.ends_on,
    cast(campaigns.ends_on + interval 30 day as date) as posts_until
from {{ merged('collaborations') }} as collaborations
inner join {{ ref('int_campaigns__merged') }} as campaigns
    on collaborations.campaign_id = campaigns.campaign_id
where collaborations.status in ('agreed', 'active', 'completed')
