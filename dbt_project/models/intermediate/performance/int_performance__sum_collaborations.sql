-- everything that adds up, for each collaboration and method; ratios are made of sums alone
with all_collaborations as (
    select * from {{ merged('collaborations') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_paid_posts__totals as (
    select * from {{ ref('int_paid_posts__totals') }}
),

bridge_post_collaborations as (
    select * from {{ ref('bridge_post_collaborations') }}
),

int_collaborations__click_days as (
    select * from {{ ref('int_collaborations__click_days') }}
),

int_orders__converting_days as (
    select * from {{ ref('int_orders__converting_days') }}
),

int_collaborations__order_days as (
    select * from {{ ref('int_collaborations__order_days') }}
),

fct_costs as (
    select * from {{ ref('fct_costs') }}
),

collaborations as (
    select
        all_collaborations.collaboration_id,
        all_collaborations.campaign_id,
        all_collaborations.creator_id,
        live.collaboration_id is not null as is_live
    from all_collaborations
    left join int_collaborations__live as live
        on all_collaborations.collaboration_id = live.collaboration_id
),

posts_of_collaborations as (
    select
        bridge.collaboration_id,
        totals.engagements,
        totals.reach,
        totals.impressions,
        totals.views,
        totals.emv
    from int_paid_posts__totals as totals
    inner join bridge_post_collaborations as bridge on totals.post_id = bridge.post_id
),

posts as (
    select
        collaboration_id,
        count(*) as posts,
        sum(engagements) as engagements,
        sum(reach) as reach_sum_of_posts,
        sum(coalesce(impressions, views)) as impressions,
        count(impressions) as posts_with_impressions,
        count(*) filter (where impressions is null and views is not null) as posts_with_views,
        sum(emv) as emv
    from posts_of_collaborations
    group by collaboration_id
),

clicks as (
    select
        collaboration_id,
        sum(valid_clicks) as valid_clicks
    from int_collaborations__click_days
    group by collaboration_id
),

sets_of_converting_orders as (
    select
        {{ exploded('collaboration_ids') }} as collaboration_id,
        orders
    from int_orders__converting_days
),

converting_orders as (
    select
        collaboration_id,
        sum(orders) as converting_orders
    from sets_of_converting_orders
    group by collaboration_id
),

attributed as (
    select
        collaboration_id,
        method,
        sum(attributed_orders) as attributed_orders,
        sum(attributed_revenue) as attributed_revenue,
        sum(attributed_profit) as attributed_profit,
        sum(revenue_of_known_profit) as revenue_of_known_profit
    from int_collaborations__order_days
    group by collaboration_id, method
),

costs as (
    select
        collaboration_id,
        sum(amount) filter (where is_committed_cost) as cost_committed,
        sum(amount) filter (where is_paid_cost) as cost_paid,
        count(*) filter (where is_committed_cost and amount is null) as costs_without_rate
    from fct_costs
    group by collaboration_id
)

select
    collaborations.collaboration_id,
    methods.method,
    collaborations.campaign_id,
    collaborations.creator_id,
    collaborations.is_live,
    coalesce(posts.posts, 0) as posts,
    posts.engagements,
    posts.reach_sum_of_posts,
    posts.impressions,
    coalesce(posts.posts_with_impressions, 0) as posts_with_impressions,
    coalesce(posts.posts_with_views, 0) as posts_with_views,
    case when collaborations.is_live then coalesce(clicks.valid_clicks, 0) else 0 end
        as valid_clicks,
    coalesce(converting_orders.converting_orders, 0) as converting_orders,
    coalesce(attributed.attributed_orders, 0) as attributed_orders,
    coalesce(attributed.attributed_revenue, 0) as attributed_revenue,
    coalesce(attributed.attributed_profit, 0) as attributed_profit,
    coalesce(attributed.revenue_of_known_profit, 0) as revenue_of_known_profit,
    coalesce(costs.cost_committed, 0) as cost_committed,
    coalesce(costs.cost_paid, 0) as cost_paid,
    coalesce(costs.costs_without_rate, 0) as costs_without_rate,
    coalesce(posts.emv, 0) as emv
from collaborations
cross join {{ attribution_methods() }} as methods (method)
left join posts on collaborations.collaboration_id = posts.collaboration_id
left join clicks on collaborations.collaboration_id = clicks.collaboration_id
left join converting_orders on collaborations.collaboration_id = converting_orders.collaboration_id
left join attributed
    on
        collaborations.collaboration_id = attributed.collaboration_id
        and methods.method = attributed.method
left join costs on collaborations.collaboration_id = costs.collaboration_id
