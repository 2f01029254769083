{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='ordered_on',
    meta={'touched': 'int_touched__order_days', 'touched_key': ['ordered_on']},
) }}

with touched as (
    select * from {{ ref('int_touched__order_days') }}
),

fct_orders as (
    select * from {{ ref('fct_orders') }}
)

select
    ordered_on,
    count(case when order_kind = 'new' then 1 end) as new_orders,
    count(case when order_kind = 'repeat' then 1 end) as repeat_orders
from fct_orders
where
    touches = 0
{% if is_incremental() %}
        and ordered_on in (select touched.ordered_on from touched)
    {% endif %}
group by ordered_on
