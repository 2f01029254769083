{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['ordered_on', 'code', 'clicked_collaboration_ids', 'has_visitor'],
    meta={'touched': 'int_touched__order_days', 'touched_key': ['ordered_on']},
) }}

with touched as (
    select * from {{ ref('int_touched__order_days') }}
),

touches as (
    select
        order_id,
        ordered_on,
        touch_kind,
        touch_key,
        collaboration_id
    from {{ ref('int_orders__touches') }}
    {% if is_incremental() %}
        where ordered_on in (select touched.ordered_on from touched)
    {% endif %}
),

orders as (
    select
        order_id,
        visitor_id,
        order_kind,
        net_revenue
    from {{ ref('fct_orders') }}
    {% if is_incremental() %}
        where ordered_on in (select touched.ordered_on from touched)
    {% endif %}
),

clicked_orders as (
    select
        order_id,
        {{ sorted_set('collaboration_id') }} as collaboration_ids
    from touches
    where touch_kind = 'click'
    group by order_id
),

coded_orders as (
    select
        touches.ordered_on,
        touches.touch_key as code,
        orders.visitor_id is not null as has_visitor,
        orders.order_kind,
        orders.net_revenue,
        coalesce(clicked.collaboration_ids, {{ empty_list() }}) as clicked_collaboration_ids
    from touches
    inner join orders on touches.order_id = orders.order_id
    left join clicked_orders as clicked on touches.order_id = clicked.order_id
    where touches.touch_kind = 'code'
)

select
    ordered_on,
    code,
    clicked_collaboration_ids,
    has_visitor,
    count(*) as orders,
    count(case when order_kind = 'new' then 1 end) as new_orders,
    count(case when order_kind = 'repeat' then 1 end) as repeat_orders,
    cast(coalesce(sum(net_revenue), 0) as decimal(38, 4)) as net_revenue
from coded_orders
group by ordered_on, code, clicked_collaboration_ids, has_visitor
