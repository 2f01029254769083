with all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

campaigns as (
    select
        campaign_id,
        brand_id,
        starts_on,
        ends_on
    from {{ ref('int_campaigns__merged') }}
),

int_performance__sum_collaborations as (
    select * from {{ ref('int_performance__sum_collaborations') }}
),

int_campaigns__list_posts as (
    select * from {{ ref('int_campaigns__list_posts') }}
),

int_paid_posts__totals as (
    select * from {{ ref('int_paid_posts__totals') }}
),

int_orders__converting_days as (
    select * from {{ ref('int_orders__converting_days') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

fct_mentions as (
    select * from {{ ref('fct_mentions') }}
),

thresholds as (
    select max(value) as profit_coverage_min
    from all_thresholds
    where name = 'profit_coverage_min'
),

collaborations as (
    select
        campaign_id,
        method,
        sum(valid_clicks) as valid_clicks,
        sum(attributed_orders) as attributed_orders,
        sum(attributed_revenue) as attributed_revenue,
        sum(attributed_profit) as attributed_profit,
        sum(revenue_of_known_profit) as revenue_of_known_profit,
        sum(cost_committed) as cost_committed,
        sum(cost_paid) as cost_paid
    from int_performance__sum_collaborations
    group by campaign_id, method
),

posts as (
    select
        campaign_posts.campaign_id,
        count(*) as posts,
        sum(totals.engagements) as engagements,
        sum(totals.reach) as reach_sum_of_posts,
        sum(coalesce(totals.impressions, totals.views)) as impressions,
        count(totals.impressions) as posts_with_impressions,
        count(*) filter (where totals.impressions is null and totals.views is not null)
            as posts_with_views,
        sum(totals.emv) as emv
    from int_campaigns__list_posts as campaign_posts
    inner join int_paid_posts__totals as totals on campaign_posts.post_id = totals.post_id
    group by campaign_posts.campaign_id
),

-- an order with clicks of two collaborations of a campaign is one order of it
sets_of_converting_orders as (
    select
        ordered_on,
        collaboration_ids,
        orders,
        {{ exploded('collaboration_ids') }} as collaboration_id
    from int_orders__converting_days
),

campaigns_of_sets as (
    select distinct
        sets_of_orders.ordered_on,
        sets_of_orders.collaboration_ids,
        sets_of_orders.orders,
        live.campaign_id
    from sets_of_converting_orders as sets_of_orders
    inner join int_collaborations__live as live
        on sets_of_orders.collaboration_id = live.collaboration_id
),

converting_orders as (
    select
        campaign_id,
        sum(orders) as converting_orders
    from campaigns_of_sets
    group by campaign_id
),

earned_days as (
    select
        mentions.brand_id,
        mentions.mentioned_on,
        count(distinct mentions.post_id) as posts
    from fct_mentions as mentions
    where mentions.relationship = 'earned'
    group by mentions.brand_id, mentions.mentioned_on
),

earned as (
    select
        campaigns.campaign_id,
        sum(earned_days.posts) as mentions_earned
    from campaigns
    inner join earned_days
        on
            campaigns.brand_id = earned_days.brand_id
            and campaigns.starts_on <= earned_days.mentioned_on
            and campaigns.ends_on >= earned_days.mentioned_on
    group by campaigns.campaign_id
),

whole as (
    select
        campaigns.campaign_id,
        methods.method,
        posts.engagements,
        posts.reach_sum_of_posts,
        posts.impressions,
        thresholds.profit_coverage_min,
        coalesce(posts.posts, 0) as posts,
        coalesce(posts.posts_with_impressions, 0) as posts_with_impressions,
        coalesce(posts.posts_with_views, 0) as posts_with_views,
        coalesce(collaborations.valid_clicks, 0) as valid_clicks,
        coalesce(converting_orders.converting_orders, 0) as converting_orders,
        coalesce(collaborations.attributed_orders, 0) as attributed_orders,
        coalesce(collaborations.attributed_revenue, 0) as attributed_revenue,
        coalesce(collaborations.attributed_profit, 0) as attributed_profit,
        {{ profit_coverage() }} as profit_coverage,
        coalesce(collaborations.cost_committed, 0) as cost_committed,
        coalesce(collaborations.cost_paid, 0) as cost_paid,
        coalesce(posts.emv, 0) as emv,
        cast(coalesce(earned.mentions_earned, 0) as bigint) as mentions_earned
    from campaigns
    cross join {{ attribution_methods() }} as methods (method)
    cross join thresholds
    left join collaborations
        on
            campaigns.campaign_id = collaborations.campaign_id
            and methods.method = collaborations.method
    left join posts on campaigns.campaign_id = posts.campaign_id
    left join converting_orders on campaigns.campaign_id = converting_orders.campaign_id
    left join earned on campaigns.campaign_id = earned.campaign_id
)

select
    campaign_id,
    method,
    {{ performance_columns() }},
    cast(converting_orders as bigint) as converting_orders
from whole
order by campaign_id, method
