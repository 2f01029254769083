with campaign_daily as (
    select * from {{ ref('campaign_daily').include(database=false) }}
),

dim_campaign as (
    select * from {{ ref('dim_campaign').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
)

select
    campaign_daily.campaign_id,
    campaign_daily.date_day,
    dim_campaign.campaign_name,
    dim_campaign.brand_id,
    dim_brand.brand_name,
    campaign_daily.posts,
    campaign_daily.engagements_change,
    campaign_daily.valid_clicks,
    campaign_daily.attributed_orders,
    campaign_daily.attributed_revenue,
    campaign_daily.cost
from campaign_daily
inner join dim_campaign on campaign_daily.campaign_id = dim_campaign.campaign_id
left join dim_brand on dim_campaign.brand_id = dim_brand.brand_id
