with outreach_funnel as (
    select * from {{ ref('outreach_funnel').include(database=false) }}
),

dim_campaign as (
    select * from {{ ref('dim_campaign').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
)

select
    outreach_funnel.campaign_id,
    outreach_funnel.channel,
    dim_campaign.campaign_name,
    dim_campaign.starts_on,
    dim_campaign.brand_id,
    dim_brand.brand_name,
    outreach_funnel.contacted,
    outreach_funnel.replied,
    outreach_funnel.negotiating,
    outreach_funnel.agreed,
    outreach_funnel.declined,
    outreach_funnel.no_reply,
    outreach_funnel.reply_rate,
    outreach_funnel.agree_rate,
    outreach_funnel.median_days_to_reply
from outreach_funnel
inner join dim_campaign on outreach_funnel.campaign_id = dim_campaign.campaign_id
left join dim_brand on dim_campaign.brand_id = dim_brand.brand_id
