{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='click_id',
    meta={'touched': 'int_touched__clicks', 'touched_key': ['click_id']},
) }}

-- depends_on: {{ ref('int_touched__clicks') }}
{% set keys = ref('int_touched__clicks') if is_incremental() else none %}

with clicks as (
    select
        click_id,
        clicked_at,
        visitor_id,
        user_agent,
        batch_id,
        link_id as given_link_id,
        {{ utm_parameter('landing_url', 'utm_campaign') }} as utm_campaign,
        {{ utm_parameter('landing_url', 'utm_content') }} as utm_content
    from {{ merged('clicks', keys=keys) }} as clicks_of_all_sources
    where clicked_at < {{ as_of_end() }}
),

links as (
    select
        link_id,
        utm_campaign,
        utm_content,
        collaboration_id
    from {{ ref('int_tracking_links__parsed') }}
),

links_by_utm as (
    select
        utm_campaign,
        utm_content,
        min(link_id) as link_id
    from links
    where utm_campaign is not null and utm_content is not null
    group by utm_campaign, utm_content
),

found as (
    select
        clicks.*,
        coalesce(links.link_id, links_by_utm.link_id) as link_id
    from clicks
    left join links on clicks.given_link_id = links.link_id
    left join links_by_utm
        on
            clicks.utm_campaign = links_by_utm.utm_campaign
            and clicks.utm_content = links_by_utm.utm_content
)

select
    found.click_id,
    found.clicked_at,
    found.visitor_id,
    found.given_link_id,
    found.utm_campaign,
    found.utm_content,
    found.link_id,
    links.collaboration_id,
    found.batch_id,
    coalesce(user_agents.is_bot, false) as is_bot
from found
left join links on found.link_id = links.link_id
left join {{ ref('int_user_agents__matched') }} as user_agents
    on found.user_agent = user_agents.user_agent
