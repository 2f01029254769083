{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='customer_id',
    meta={'touched': 'int_touched__customers', 'touched_key': ['customer_id']},
) }}

-- depends_on: {{ ref('int_touched__customers') }}
with orders_in_order as (
    select
        customer_id,
        order_id,
        row_number() over (
            partition by customer_id
            order by ordered_at, order_id
        ) as order_number
    from {{ ref('int_orders__placed') }}
    where
        customer_id is not null
    {% if is_incremental() %}
            and customer_id in (
                select touched.customer_id from {{ ref('int_touched__customers') }} as touched
            )
        {% endif %}
)

select
    customer_id,
    order_id as first_order_id
from orders_in_order
where order_number = 1
