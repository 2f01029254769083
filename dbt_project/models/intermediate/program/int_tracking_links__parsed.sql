with links as (
    select
        link_id,
        collaboration_id,
        {{ utm_parameter('url', 'utm_campaign') }} as utm_campaign,
        {{ utm_parameter('url', 'utm_content') }} as utm_content
    from {{ merged('tracking_links') }} as tracking_links
),

collaborations as (
    select * from {{ merged('collaborations') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
)

-- the collaboration is NULL until its row arrives
select
    links.link_id,
    links.utm_campaign,
    links.utm_content,
    collaborations.collaboration_id,
    live.collaboration_id is not null as is_live
from links
left join collaborations on links.collaboration_id = collaborations.collaboration_id
left join int_collaborations__live as live on links.collaboration_id = live.collaboration_id
