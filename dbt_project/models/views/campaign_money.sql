with fct_costs as (
    select * from {{ ref('fct_costs').include(database=false) }}
),

fct_attribution as (
    select * from {{ ref('fct_attribution').include(database=false) }}
),

collaboration_performance as (
    select * from {{ ref('collaboration_performance').include(database=false) }}
),

dim_campaign as (
    select * from {{ ref('dim_campaign').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
),

coverage as (
    select * from {{ ref('coverage').include(database=false) }}
),

watched as (
    select max(covered_from) as orders_from
    from coverage
    where stream = 'orders'
),

-- what a campaign earned is not known before it begins, nor where none of its days was watched
collaborations as (
    select
        performance.collaboration_id,
        performance.campaign_id,
        performance.orders_covered > 0 as is_watched,
        watched.orders_from
    from collaboration_performance as performance
    cross join watched
    where performance.is_default_method
),

money as (
    select
        collaboration_id,
        ordered_on as date_day,
        credit as attributed_orders,
        attributed_revenue,
        0 as cost
    from fct_attribution
    where method = {{ default_attribution_method() }}
    union all
    select
        collaboration_id,
        incurred_on as date_day,
        0 as attributed_orders,
        0 as attributed_revenue,
        amount as cost
    from fct_costs
    where is_committed_cost
),

days as (
    select
        collaborations.campaign_id,
        money.date_day,
        cast(
            sum(money.attributed_orders) filter (
                where collaborations.is_watched and money.date_day >= collaborations.orders_from
            ) as decimal(28, 10)
        ) as attributed_orders,
        cast(
            sum(money.attributed_revenue) filter (
                where collaborations.is_watched and money.date_day >= collaborations.orders_from
            ) as decimal(18, 4)
        ) as attributed_revenue,
        cast(coalesce(sum(money.cost), 0) as decimal(18, 4)) as cost
    from money
    inner join collaborations on money.collaboration_id = collaborations.collaboration_id
    group by collaborations.campaign_id, money.date_day
)

select
    days.campaign_id,
    days.date_day,
    dim_campaign.campaign_name,
    dim_campaign.brand_id,
    dim_brand.brand_name,
    days.attributed_orders,
    days.attributed_revenue,
    days.cost
from days
inner join dim_campaign on days.campaign_id = dim_campaign.campaign_id
left join dim_brand on dim_campaign.brand_id = dim_brand.brand_id
