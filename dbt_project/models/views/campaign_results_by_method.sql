with campaign_performance as (
    select * from {{ ref('campaign_performance').include(database=false) }}
),

dim_campaign as (
    select * from {{ ref('dim_campaign').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
),

campaign_pacing as (
    select * from {{ ref('campaign_pacing').include(database=false) }}
)

-- columns stand in the contract's order
select
    campaign_performance.campaign_id,
    campaign_performance.method,
    campaign_performance.is_default_method,
    dim_campaign.campaign_name,
    coalesce(
        dim_campaign.campaign_name || ' (' || dim_campaign.campaign_id || ')',
        dim_campaign.campaign_id
    ) as campaign_label,
    dim_campaign.brand_id,
    dim_brand.brand_name,
    dim_campaign.objective,
    dim_campaign.starts_on,
    dim_campaign.ends_on,
    dim_campaign.budget_amount,
    dim_campaign.status,
    campaign_performance.posts,
    campaign_performance.engagements,
    campaign_performance.reach_sum_of_posts,
    campaign_performance.impressions,
    campaign_performance.impressions_basis,
    campaign_performance.valid_clicks,
    campaign_performance.ctr,
    campaign_performance.ctr_low,
    campaign_performance.ctr_high,
    campaign_performance.conversion_rate,
    campaign_performance.conversion_rate_low,
    campaign_performance.conversion_rate_high,
    campaign_performance.converting_orders,
    campaign_performance.attributed_orders,
    campaign_performance.attributed_revenue,
    campaign_performance.attributed_profit,
    campaign_performance.profit_coverage,
    campaign_performance.cost_committed,
    campaign_performance.cost_paid,
    campaign_performance.roi,
    campaign_performance.roas,
    campaign_performance.cpm,
    campaign_performance.cpe,
    campaign_performance.cpc,
    campaign_performance.cpa,
    campaign_performance.emv,
    campaign_performance.mentions_earned,
    campaign_performance.result_state,
    campaign_performance.orders_covered,
    campaign_performance.clicks_covered,
    campaign_performance.posts_with_reach,
    campaign_performance.posts_with_impressions,
    campaign_performance.posts_in_ratios,
    campaign_performance.impressions_in_ratios,
    campaign_performance.clicks_in_ratios,
    campaign_performance.cost_in_ratios,
    campaign_performance.new_customers,
    campaign_performance.cost_per_new_customer,
    campaign_performance.revenue_new,
    campaign_performance.revenue_repeat,
    campaign_performance.paid_engagements,
    campaign_performance.paid_reach_sum_of_posts,
    campaign_performance.paid_impressions,
    1 as results,
    case when campaign_performance.attributed_orders is null then 0 else 1 end
        as results_with_orders,
    case when campaign_performance.valid_clicks is null then 0 else 1 end
        as results_with_clicks,
    campaign_pacing.deliverables,
    campaign_pacing.deliverables_due,
    campaign_pacing.deliverables_live,
    campaign_pacing.deliverables_late,
    campaign_pacing.goal_metric,
    campaign_pacing.goal_value,
    campaign_pacing.actual,
    campaign_pacing.elapsed_days,
    campaign_pacing.total_days,
    campaign_pacing.expected_to_date,
    campaign_pacing.pacing,
    campaign_pacing.projected,
    campaign_pacing.status as pacing_status
from campaign_performance
inner join dim_campaign on campaign_performance.campaign_id = dim_campaign.campaign_id
left join dim_brand on dim_campaign.brand_id = dim_brand.brand_id
left join campaign_pacing on campaign_performance.campaign_id = campaign_pacing.campaign_id
