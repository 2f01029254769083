{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='click_id',
    meta={'touched': 'int_touched__clicks', 'touched_key': ['click_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__clicks') }}
),

clicks as (
    select
        click_id,
        clicked_at,
        visitor_id,
        user_agent,
        batch_id,
        link_id,
        landing_url
    from {{ merged('clicks', keys='touched' if is_incremental() else none) }}
    where clicked_at < {{ as_of_end() }}
),

click_sources as (
    select * from {{ source('config', 'click_sources') }}
),

stg_inbox__clicks as (
    select * from {{ ref('stg_inbox__clicks') }}
),

links as (
    select
        link_id,
        utm_campaign,
        utm_content,
        collaboration_id
    from {{ ref('int_tracking_links__parsed') }}
),

int_user_agents__matched as (
    select * from {{ ref('int_user_agents__matched') }}
),

-- which sources tell of a click; the one that counts before the others comes first by text
doors as (
    select
        told.click_id,
        min(
            lpad(cast(coalesce(listed.place, unlisted.place) as string), 3, '0')
            || ':' || told.source
        ) as door
    from stg_inbox__clicks as told
    left join click_sources as listed on told.source = listed.source
    inner join click_sources as unlisted on unlisted.source = '*'
    where
        not told.is_deleted
    {% if is_incremental() %}
            and told.click_id in (select touched.click_id from touched)
        {% endif %}
    group by told.click_id
),

smallest_links_by_utm as (
    select
        utm_campaign,
        utm_content,
        min(link_id) as link_id
    from links
    where utm_campaign is not null and utm_content is not null
    group by utm_campaign, utm_content
),

links_by_utm as (
    select
        links.utm_campaign,
        links.utm_content,
        links.link_id,
        links.collaboration_id
    from links
    inner join smallest_links_by_utm as smallest on links.link_id = smallest.link_id
),

-- the landing URL is asked, and read, where the link is not known by its id
found_by_id as (
    select
        clicks.click_id,
        clicks.clicked_at,
        clicks.visitor_id,
        clicks.user_agent,
        clicks.batch_id,
        links.link_id,
        links.collaboration_id,
        case when links.link_id is null then clicks.link_id end as unknown_link_id,
        case
            when links.link_id is null
                then {{ utm_parameter('clicks.landing_url', 'utm_campaign') }}
        end as utm_campaign,
        case
            when links.link_id is null
                then {{ utm_parameter('clicks.landing_url', 'utm_content') }}
        end as utm_content
    from clicks
    left join links on clicks.link_id = links.link_id
)

select
    clicks.click_id,
    clicks.clicked_at,
    clicks.visitor_id,
    clicks.unknown_link_id,
    clicks.utm_campaign,
    clicks.utm_content,
    clicks.batch_id,
    {{ reporting_day('clicks.clicked_at') }} as clicked_on,
    doors.door,
    coalesce(clicks.link_id, links_by_utm.link_id) as link_id,
    case
        when clicks.link_id is not null then clicks.collaboration_id
        else links_by_utm.collaboration_id
    end as collaboration_id,
    coalesce(user_agents.is_bot, false) as is_bot
from found_by_id as clicks
left join links_by_utm
    on
        clicks.utm_campaign = links_by_utm.utm_campaign
        and clicks.utm_content = links_by_utm.utm_content
left join int_user_agents__matched as user_agents on clicks.user_agent = user_agents.user_agent
left join doors on clicks.click_id = doors.click_id
