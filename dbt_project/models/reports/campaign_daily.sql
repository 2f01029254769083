with live as (
    select
        collaboration_id,
        campaign_id
    from {{ ref('int_collaborations__live') }}
),

int_campaigns__list_posts as (
    select * from {{ ref('int_campaigns__list_posts') }}
),

int_paid_posts__totals as (
    select * from {{ ref('int_paid_posts__totals') }}
),

int_paid_posts__days as (
    select * from {{ ref('int_paid_posts__days') }}
),

int_collaborations__click_days as (
    select * from {{ ref('int_collaborations__click_days') }}
),

int_collaborations__order_days as (
    select * from {{ ref('int_collaborations__order_days') }}
),

fct_costs as (
    select * from {{ ref('fct_costs') }}
),

collaborations as (
    select * from {{ merged('collaborations') }}
),

int_campaigns__merged as (
    select * from {{ ref('int_campaigns__merged') }}
),

dim_date as (
    select * from {{ ref('dim_date') }}
),

coverage as (
    select * from {{ ref('coverage') }}
),

watched as (
    select
        max(covered_from) filter (where stream = 'orders') as orders_from,
        max(covered_from) filter (where stream = 'clicks') as clicks_from
    from coverage
),

posts as (
    select
        campaign_posts.campaign_id,
        posts.published_on as date_day,
        count(*) as posts
    from int_paid_posts__totals as posts
    inner join int_campaigns__list_posts as campaign_posts
        on posts.post_id = campaign_posts.post_id
    group by campaign_posts.campaign_id, posts.published_on
),

engagements as (
    select
        campaign_posts.campaign_id,
        post_days.date_day,
        sum(post_days.engagements_change) as engagements_change
    from int_paid_posts__days as post_days
    inner join int_campaigns__list_posts as campaign_posts
        on post_days.post_id = campaign_posts.post_id
    group by campaign_posts.campaign_id, post_days.date_day
),

clicks as (
    select
        live.campaign_id,
        clicks.clicked_on as date_day,
        sum(clicks.valid_clicks) as valid_clicks
    from int_collaborations__click_days as clicks
    inner join live on clicks.collaboration_id = live.collaboration_id
    group by live.campaign_id, clicks.clicked_on
),

orders as (
    select
        live.campaign_id,
        orders.ordered_on as date_day,
        sum(orders.attributed_orders) as attributed_orders,
        sum(orders.attributed_revenue) as attributed_revenue
    from int_collaborations__order_days as orders
    inner join live on orders.collaboration_id = live.collaboration_id
    where orders.method = {{ default_attribution_method() }}
    group by live.campaign_id, orders.ordered_on
),

-- what was paid for a collaboration that is not live is a cost of its campaign all the same
costs as (
    select
        collaborations.campaign_id,
        incurred.incurred_on as date_day,
        sum(incurred.amount) as cost
    from fct_costs as incurred
    inner join collaborations on incurred.collaboration_id = collaborations.collaboration_id
    where incurred.is_committed_cost
    group by collaborations.campaign_id, incurred.incurred_on
)

select
    campaigns.campaign_id,
    calendar.date_day,
    coalesce(posts.posts, 0) as posts,
    cast(engagements.engagements_change as bigint) as engagements_change,
    cast(
        case
            when calendar.date_day >= watched.clicks_from then coalesce(clicks.valid_clicks, 0)
        end as bigint
    ) as valid_clicks,
    cast(
        case
            when calendar.date_day >= watched.orders_from
                then coalesce(orders.attributed_orders, 0)
        end as decimal(28, 10)
    ) as attributed_orders,
    cast(
        case
            when calendar.date_day >= watched.orders_from
                then coalesce(orders.attributed_revenue, 0)
        end as decimal(18, 4)
    ) as attributed_revenue,
    cast(coalesce(costs.cost, 0) as decimal(18, 4)) as cost
from int_campaigns__merged as campaigns
inner join dim_date as calendar
    on campaigns.starts_on <= calendar.date_day and calendar.date_day <= {{ as_of_date() }}
cross join watched
left join posts on campaigns.campaign_id = posts.campaign_id and calendar.date_day = posts.date_day
left join engagements
    on campaigns.campaign_id = engagements.campaign_id and calendar.date_day = engagements.date_day
left join clicks
    on campaigns.campaign_id = clicks.campaign_id and calendar.date_day = clicks.date_day
left join orders
    on campaigns.campaign_id = orders.campaign_id and calendar.date_day = orders.date_day
left join costs on campaigns.campaign_id = costs.campaign_id and calendar.date_day = costs.date_day
order by campaigns.campaign_id nulls last, calendar.date_day nulls last
