-- what there is to compare: the last 28 days of the brands of whose links several sources tell
with clicks as (
    select
        collaboration_id,
        source,
        clicked_at,
        is_valid,
        date_trunc('hour', clicked_at) as hour_at
    from {{ ref('fct_clicks') }}
    where clicked_on > {{ as_of_date() }} - 28 and not is_bot and not is_duplicate
),

collaborations as (
    select
        collaboration_id,
        campaign_id,
        brand_id
    from {{ ref('int_collaborations__live') }}
),

told as (
    select
        collaborations.brand_id,
        collaborations.campaign_id,
        clicks.collaboration_id,
        clicks.hour_at,
        clicks.source,
        count(*) as clicks,
        count(*) filter (where clicks.is_valid) as clicks_counted,
        min(clicks.clicked_at) as first_clicked_at,
        max(clicks.clicked_at) as last_clicked_at
    from clicks
    inner join collaborations on clicks.collaboration_id = collaborations.collaboration_id
    group by
        collaborations.brand_id,
        collaborations.campaign_id,
        clicks.collaboration_id,
        clicks.hour_at,
        clicks.source
),

-- a source is there from its first click on a link of the brand on
sources as (
    select
        brand_id,
        source,
        min(hour_at) as since
    from told
    group by brand_id, source
),

compared_brands as (
    select brand_id
    from sources
    group by brand_id
    having count(*) > 1
),

hours as (
    select
        told.brand_id,
        told.campaign_id,
        told.collaboration_id,
        told.hour_at,
        sum(told.clicks_counted) as clicks_in_reports
    from told
    inner join compared_brands on told.brand_id = compared_brands.brand_id
    group by told.brand_id, told.campaign_id, told.collaboration_id, told.hour_at
)

select
    hours.collaboration_id,
    hours.hour_at,
    sources.source,
    hours.campaign_id,
    hours.brand_id,
    told.first_clicked_at,
    told.last_clicked_at,
    coalesce(told.clicks, 0) as clicks,
    coalesce(told.clicks_counted, 0) as clicks_counted,
    hours.clicks_in_reports
from hours
inner join sources on hours.brand_id = sources.brand_id and hours.hour_at >= sources.since
left join told
    on
        hours.collaboration_id = told.collaboration_id
        and hours.hour_at = told.hour_at
        and sources.source = told.source
