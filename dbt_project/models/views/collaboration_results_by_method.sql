with collaboration_performance as (
    select * from {{ ref('collaboration_performance').include(database=false) }}
),

dim_campaign as (
    select * from {{ ref('dim_campaign').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
),

dim_creator as (
    select * from {{ ref('dim_creator').include(database=false) }}
)

-- columns stand in the contract's order
select
    collaboration_performance.collaboration_id,
    collaboration_performance.method,
    collaboration_performance.is_default_method,
    collaboration_performance.is_live,
    collaboration_performance.campaign_id,
    dim_campaign.campaign_name,
    dim_campaign.brand_id,
    dim_brand.brand_name,
    dim_campaign.starts_on,
    dim_campaign.ends_on,
    collaboration_performance.creator_id,
    dim_creator.shown_name as creator_name,
    dim_creator.tier,
    dim_creator.country,
    collaboration_performance.posts,
    collaboration_performance.engagements,
    collaboration_performance.reach_sum_of_posts,
    collaboration_performance.impressions,
    collaboration_performance.impressions_basis,
    collaboration_performance.valid_clicks,
    collaboration_performance.ctr,
    collaboration_performance.ctr_low,
    collaboration_performance.ctr_high,
    collaboration_performance.conversion_rate,
    collaboration_performance.conversion_rate_low,
    collaboration_performance.conversion_rate_high,
    collaboration_performance.converting_orders,
    collaboration_performance.attributed_orders,
    collaboration_performance.attributed_revenue,
    collaboration_performance.attributed_profit,
    collaboration_performance.profit_coverage,
    collaboration_performance.cost_committed,
    collaboration_performance.cost_paid,
    collaboration_performance.roi,
    collaboration_performance.roas,
    collaboration_performance.cpm,
    collaboration_performance.cpe,
    collaboration_performance.cpc,
    collaboration_performance.cpa,
    collaboration_performance.emv,
    collaboration_performance.result_state,
    collaboration_performance.orders_covered,
    collaboration_performance.clicks_covered,
    collaboration_performance.posts_with_reach,
    collaboration_performance.posts_with_impressions,
    collaboration_performance.posts_in_ratios,
    collaboration_performance.impressions_in_ratios,
    collaboration_performance.clicks_in_ratios,
    collaboration_performance.cost_in_ratios,
    collaboration_performance.new_customers,
    collaboration_performance.cost_per_new_customer,
    collaboration_performance.revenue_new,
    collaboration_performance.revenue_repeat,
    collaboration_performance.paid_engagements,
    collaboration_performance.paid_reach_sum_of_posts,
    collaboration_performance.paid_impressions,
    1 as results,
    case when collaboration_performance.attributed_orders is null then 0 else 1 end
        as results_with_orders,
    case when collaboration_performance.valid_clicks is null then 0 else 1 end
        as results_with_clicks
from collaboration_performance
left join dim_campaign on collaboration_performance.campaign_id = dim_campaign.campaign_id
left join dim_brand on dim_campaign.brand_id = dim_brand.brand_id
left join dim_creator on collaboration_performance.creator_id = dim_creator.creator_id
