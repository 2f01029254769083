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
)

select
    collaboration_id,
    ordered_on,
    method,
    cast(sum(credit) as decimal(38, 10)) as attributed_orders,
    cast(coalesce(sum(attributed_revenue), 0) as decimal(38, 4)) as attributed_revenue,
    cast(coalesce(sum(attributed_profit), 0) as decimal(38, 4)) as attributed_profit,
    cast(
        coalesce(sum(attributed_revenue) filter (where attributed_profit is not null), 0)
        as decimal(38, 4)
    ) as revenue_of_known_profit
from attribution
where collaboration_id is not null
group by collaboration_id, ordered_on, method
