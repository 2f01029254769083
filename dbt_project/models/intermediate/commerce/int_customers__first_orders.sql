{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched': 'int_touched__customers', 'touched_key': ['customer_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__customers') }}
),

int_orders__placed as (
    select * from {{ ref('int_orders__placed') }}
),

orders_in_order as (
    select
        customer_id,
        order_id,
        row_number() over (
            partition by customer_id
            order by ordered_at nulls last, order_id nulls last
        ) as order_number
    from int_orders__placed
    where
        customer_id is not null
    {% if is_incremental() %}
            and customer_id in (select touched.customer_id from touched)
        {% endif %}
)

select
    customer_id,
    order_id as first_order_id
from orders_in_order
where order_number = 1
