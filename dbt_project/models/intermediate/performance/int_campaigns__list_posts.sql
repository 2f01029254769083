-- a post of two collaborations of a campaign is one post of it
with int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

bridge_post_collaborations as (
    select * from {{ ref('bridge_post_collaborations') }}
)

select distinct
    live.campaign_id,
    bridge.post_id
from bridge_post_collaborations as bridge
inner join int_collaborations__live as live on bridge.collaboration_id = live.collaboration_id
