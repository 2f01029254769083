with records as (
    select * from {{ source('ga4', 'events') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        record_id,
        json_valid(record) as is_json,
        -- a line lands as it stands in its file: one that is no JSON would stop them all
        json_transform(case when json_valid(record) then record end, '{
            "event_name": "VARCHAR",
            "event_timestamp": "VARCHAR",
            "event_params": [{
                "key": "VARCHAR",
                "value": {"string_value": "VARCHAR", "int_value": "VARCHAR"}
            }],
            "user_id": "VARCHAR",
            "user_pseudo_id": "VARCHAR",
            "collected_traffic_source": {
                "manual_source": "VARCHAR",
                "manual_campaign_name": "VARCHAR",
                "manual_content": "VARCHAR"
            }
        }') as visit
    from records
),

named as (
    select
        parsed.batch_id,
        parsed.landing_sequence,
        parsed.line,
        parsed.record_id,
        parsed.is_json,
        parsed.visit,
        {{ event_param('parsed.visit.event_params', 'page_location') }}.string_value
            as page_location,
        {{ percent_encoded('parsed.visit.collected_traffic_source.manual_campaign_name') }}
            as campaign,
        {{ percent_encoded('parsed.visit.collected_traffic_source.manual_content') }}
            as link_content,
        {{ event_param('parsed.visit.event_params', 'page_referrer') }}.string_value
            as page_referrer,
        {{ event_param('parsed.visit.event_params', 'entrances') }}.int_value
            as entrances
    from parsed
)

select
    named.batch_id,
    named.landing_sequence,
    named.line,
    named.record_id as click_id,
    -- a campaign that the page's own code told, or that was cut off the address
    case
        when named.page_location like '%utm_%' or named.campaign is null then named.page_location
        else concat(
            split_part(named.page_location, '#', 1),
            case when contains(named.page_location, '?') then '&' else '?' end,
            concat_ws('&', 'utm_campaign=' || named.campaign, 'utm_content=' || named.link_content)
        )
    end as landing_url,
    named.page_referrer as referrer,
    coalesce(
        cast(make_timestamp(try_cast(named.visit.event_timestamp as bigint)) as varchar),
        named.visit.event_timestamp
    ) as clicked_at,
    coalesce(nullif(named.visit.user_id, ''), named.visit.user_pseudo_id) as visitor_id
from named
where
    -- without a time it goes to quarantine
    not named.is_json
    or (
        named.visit.event_name = 'page_view'
        and (
            named.entrances = '1'
            or named.page_location like '%utm_%'
            -- what the visit was credited with later (session_traffic_source_last_click) may be of
            -- an earlier one: no click
            or coalesce(
                named.visit.collected_traffic_source.manual_source,
                named.visit.collected_traffic_source.manual_campaign_name
            ) is not null
        )
    )
