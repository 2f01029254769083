{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['ordered_on', 'collaboration_ids'],
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
        collaboration_id
    from {{ ref('int_orders__touches') }}
    {% if is_incremental() %}
        where ordered_on in (select touched.ordered_on from touched)
    {% endif %}
),

converted_orders as (
    select
        order_id,
        ordered_on,
        {{ sorted_set('collaboration_id') }} as collaboration_ids
    from touches
    where touch_kind = 'click'
    group by order_id, ordered_on
)

select
    ordered_on,
    collaboration_ids,
    count(*) as orders
from converted_orders
group by ordered_on, collaboration_ids
