{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['collaboration_id', 'ordered_on', 'method'],
    meta={'touched': 'int_touched__order_days', 'touched_key': ['ordered_on']},
) }}

with touched as (
    select * from {{ ref('int_touched__order_days') }}
),

attribution as (
    select
        order_id,
        collaboration_id,
        ordered_on,
        method,
        credit,
        attributed_revenue,
        attributed_profit
    from {{ ref('fct_attribution') }}
    {% if is_incremental() %}
        where ordered_on in (select touched.ordered_on from touched)
    {% endif %}
),

orders as (
    select
        order_id,
        order_kind
    from {{ ref('fct_orders') }}
    {% if is_incremental() %}
        where ordered_on in (select touched.ordered_on from touched)
    {% endif %}
)

select
    attribution.collaboration_id,
    attribution.ordered_on,
    attribution.method,
    cast(sum(attribution.credit) as decimal(38, 10)) as attributed_orders,
    cast(coalesce(sum(attribution.attributed_revenue), 0) as decimal(38, 4)) as attributed_revenue,
    cast(coalesce(sum(attribution.attributed_profit), 0) as decimal(38, 4)) as attributed_profit,
    cast(
        coalesce(
            sum(attribution.attributed_revenue) filter (
                where attribution.attributed_profit is not null
            ),
            0
        ) as decimal(38, 4)
    ) as revenue_of_known_profit,
    cast(
        coalesce(sum(attribution.credit) filter (where orders.order_kind = 'new'), 0)
        as decimal(38, 10)
    ) as new_customers,
    cast(
        coalesce(sum(attribution.attributed_revenue) filter (where orders.order_kind = 'new'), 0)
        as decimal(38, 4)
    ) as revenue_new,
    cast(
        coalesce(
            sum(attribution.attributed_revenue) filter (
                where orders.order_kind in ('repeat', 'renewal')
            ),
            0
        ) as decimal(38, 4)
    ) as revenue_repeat
from attribution
inner join orders on attribution.order_id = orders.order_id
where attribution.collaboration_id is not null
group by attribution.collaboration_id, attribution.ordered_on, attribution.method
