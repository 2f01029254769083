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

int_campaigns__coverage as (
    select * from {{ ref('int_campaigns__coverage') }}
),

-- of what is not of a campaign that is known, nobody knows which days to watch
collaborations as (
    select
        all_collaborations.collaboration_id,
        all_collaborations.campaign_id,
        all_collaborations.creator_id,
        live.collaboration_id is not null as is_live,
        campaigns.orders_covered,
        campaigns.clicks_covered,
        campaigns.result_state
    from all_collaborations
    left join int_collaborations__live as live
        on all_collaborations.collaboration_id = live.collaboration_id
    left join int_campaigns__coverage as campaigns
        on all_collaborations.campaign_id = campaigns.campaign_id
),

posts_of_collaborations as (
    select
        bridge.collaboration_id,
        totals.engagements,
        totals.reach,
        totals.shown,
        totals.is_shown_by_views,
        totals.emv,
        totals.paid_engagements,
        totals.paid_reach,
        totals.paid_shown
    from int_paid_posts__totals as totals
    inner join bridge_post_collaborations as bridge on totals.post_id = bridge.post_id
),

posts as (
    select
        collaboration_id,
        count(*) as posts,
        sum(engagements) as engagements,
        sum(reach) as reach_sum_of_posts,
        sum(shown) as impressions,
        count(reach) as posts_with_reach,
        count(shown) as posts_with_impressions,
        count(*) filter (where is_shown_by_views) as posts_with_views,
        sum(emv) as emv,
        sum(paid_engagements) as paid_engagements,
        sum(paid_reach) as paid_reach_sum_of_posts,
        sum(paid_shown) as paid_impressions
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
        sum(revenue_of_known_profit) as revenue_of_known_profit,
        sum(new_customers) as new_customers,
        sum(revenue_new) as revenue_new,
        sum(revenue_repeat) as revenue_repeat
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
    collaborations.orders_covered,
    collaborations.clicks_covered,
    collaborations.result_state,
    posts.engagements,
    posts.reach_sum_of_posts,
    posts.impressions,
    posts.emv,
    posts.paid_engagements,
    posts.paid_reach_sum_of_posts,
    posts.paid_impressions,
    coalesce(posts.posts, 0) as posts,
    coalesce(posts.posts_with_reach, 0) as posts_with_reach,
    coalesce(posts.posts_with_impressions, 0) as posts_with_impressions,
    coalesce(posts.posts_with_views, 0) as posts_with_views,
    {{ where_covered(
        'case when collaborations.is_live then clicks.valid_clicks end', ['clicks'], 'collaborations'
    ) }} as valid_clicks,
    {{ where_covered(
        'converting_orders.converting_orders', ['orders', 'clicks'], 'collaborations'
    ) }} as converting_orders,
    {{ where_covered('attributed.attributed_orders', ['orders'], 'collaborations') }}
        as attributed_orders,
    {{ where_covered('attributed.attributed_revenue', ['orders'], 'collaborations') }}
        as attributed_revenue,
    {{ where_covered('attributed.attributed_profit', ['orders'], 'collaborations') }}
        as attributed_profit,
    {{ where_covered('attributed.revenue_of_known_profit', ['orders'], 'collaborations') }}
        as revenue_of_known_profit,
    {{ where_covered('attributed.new_customers', ['orders'], 'collaborations') }}
        as new_customers,
    {{ where_covered('attributed.revenue_new', ['orders'], 'collaborations') }}
        as revenue_new,
    {{ where_covered('attributed.revenue_repeat', ['orders'], 'collaborations') }}
        as revenue_repeat,
    coalesce(costs.cost_committed, 0) as cost_committed,
    coalesce(costs.cost_paid, 0) as cost_paid,
    coalesce(costs.costs_without_rate, 0) as costs_without_rate,
    -- clicks and cost are compared with impressions where these are known of every post
    coalesce(posts.posts = posts.posts_with_impressions, false) as is_in_ratios
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
