with fct_attribution as (
    select * from {{ ref('fct_attribution').include(database=false) }}
),

fct_orders as (
    select * from {{ ref('fct_orders').include(database=false) }}
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

dim_creator as (
    select * from {{ ref('dim_creator').include(database=false) }}
),

default_credits as (
    select * from fct_attribution
    where method = {{ default_attribution_method() }}
),

collaborations as (
    select
        collaboration_id,
        campaign_id,
        creator_id
    from collaboration_performance
    where is_default_method
)

select
    default_credits.order_id,
    default_credits.touch_number,
    default_credits.touch_kind,
    default_credits.touched_at,
    default_credits.credit,
    default_credits.attributed_revenue,
    default_credits.attributed_profit,
    fct_orders.ordered_at,
    fct_orders.ordered_on,
    fct_orders.customer_id,
    fct_orders.is_new_customer,
    fct_orders.touches,
    fct_orders.net_revenue,
    fct_orders.gross_profit,
    default_credits.collaboration_id,
    collaborations.campaign_id,
    dim_campaign.campaign_name,
    dim_campaign.brand_id,
    dim_brand.brand_name,
    collaborations.creator_id,
    dim_creator.shown_name as creator_name
from default_credits
inner join fct_orders on default_credits.order_id = fct_orders.order_id
left join collaborations on default_credits.collaboration_id = collaborations.collaboration_id
left join dim_campaign on collaborations.campaign_id = dim_campaign.campaign_id
left join dim_brand on dim_campaign.brand_id = dim_brand.brand_id
left join dim_creator on collaborations.creator_id = dim_creator.creator_id
