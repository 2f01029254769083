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

bridge_post_collaborations as (
    select * from {{ ref('bridge_post_collaborations') }}
),

int_campaigns__coverage as (
    select * from {{ ref('int_campaigns__coverage') }}
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
        sum(new_customers) as new_customers,
        sum(revenue_new) as revenue_new,
        sum(revenue_repeat) as revenue_repeat,
        sum(cost_committed) as cost_committed,
        sum(cost_paid) as cost_paid,
        sum(valid_clicks) filter (where is_in_ratios) as clicks_in_ratios,
        sum(cost_committed) filter (where is_in_ratios) as cost_in_ratios
    from int_performance__sum_collaborations
    group by campaign_id, method
),

ratio_posts as (
    select distinct
        sums.campaign_id,
        bridge.post_id
    from int_performance__sum_collaborations as sums
    inner join bridge_post_collaborations as bridge
        on sums.collaboration_id = bridge.collaboration_id
    where sums.is_in_ratios
),

posts as (
    select
        campaign_posts.campaign_id,
        count(*) as posts,
        sum(totals.engagements) as engagements,
        sum(totals.reach) as reach_sum_of_posts,
        sum(totals.shown) as impressions,
        count(totals.reach) as posts_with_reach,
        count(totals.shown) as posts_with_impressions,
        count(*) filter (where totals.is_shown_by_views) as posts_with_views,
        sum(totals.emv) as emv,
        sum(totals.paid_engagements) as paid_engagements,
        sum(totals.paid_reach) as paid_reach_sum_of_posts,
        sum(totals.paid_shown) as paid_impressions,
        count(ratio_posts.post_id) as posts_in_ratios,
        sum(totals.shown) filter (where ratio_posts.post_id is not null) as impressions_in_ratios
    from int_campaigns__list_posts as campaign_posts
    inner join int_paid_posts__totals as totals on campaign_posts.post_id = totals.post_id
    left join ratio_posts
        on
            campaign_posts.campaign_id = ratio_posts.campaign_id
            and campaign_posts.post_id = ratio_posts.post_id
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

sums as (
    select
        campaigns.campaign_id,
        methods.method,
        coverage.orders_covered,
        coverage.clicks_covered,
        coverage.result_state,
        posts.engagements,
        posts.reach_sum_of_posts,
        posts.impressions,
        posts.emv,
        posts.paid_engagements,
        posts.paid_reach_sum_of_posts,
        posts.paid_impressions,
        posts.impressions_in_ratios,
        coalesce(posts.posts, 0) as posts,
        coalesce(posts.posts_with_reach, 0) as posts_with_reach,
        coalesce(posts.posts_with_impressions, 0) as posts_with_impressions,
        coalesce(posts.posts_with_views, 0) as posts_with_views,
        coalesce(posts.posts_in_ratios, 0) as posts_in_ratios,
        coalesce(collaborations.cost_committed, 0) as cost_committed,
        coalesce(collaborations.cost_paid, 0) as cost_paid,
        coalesce(collaborations.cost_in_ratios, 0) as cost_in_ratios,
        {{ where_covered('collaborations.attributed_orders', ['orders'], 'coverage') }}
            as attributed_orders,
        {{ where_covered('collaborations.attributed_revenue', ['orders'], 'coverage') }}
            as attributed_revenue,
        {{ where_covered('collaborations.attributed_profit', ['orders'], 'coverage') }}
            as attributed_profit,
        {{ where_covered('collaborations.revenue_of_known_profit', ['orders'], 'coverage') }}
            as revenue_of_known_profit,
        {{ where_covered('collaborations.new_customers', ['orders'], 'coverage') }}
            as new_customers,
        {{ where_covered('collaborations.revenue_new', ['orders'], 'coverage') }}
            as revenue_new,
        {{ where_covered('collaborations.revenue_repeat', ['orders'], 'coverage') }}
            as revenue_repeat,
        {{ where_covered('collaborations.valid_clicks', ['clicks'], 'coverage') }}
            as valid_clicks,
        {{ where_covered('collaborations.clicks_in_ratios', ['clicks'], 'coverage') }}
            as clicks_in_ratios,
        {{ where_covered(
            'converting_orders.converting_orders', ['orders', 'clicks'], 'coverage'
        ) }} as converting_orders,
        cast(coalesce(earned.mentions_earned, 0) as bigint) as mentions_earned
    from campaigns
    cross join {{ attribution_methods() }} as methods (method)
    inner join int_campaigns__coverage as coverage
        on campaigns.campaign_id = coverage.campaign_id
    left join collaborations
        on
            campaigns.campaign_id = collaborations.campaign_id
            and methods.method = collaborations.method
    left join posts on campaigns.campaign_id = posts.campaign_id
    left join converting_orders on campaigns.campaign_id = converting_orders.campaign_id
    left join earned on campaigns.campaign_id = earned.campaign_id
),

whole as (
    select
        sums.*,
        thresholds.profit_coverage_min,
        {{ profit_coverage() }} as profit_coverage
    from sums
    cross join thresholds
)

select
    campaign_id,
    method,
    {{ performance_columns() }},
    cast(converting_orders as bigint) as converting_orders
from whole
order by campaign_id nulls last, method nulls last
