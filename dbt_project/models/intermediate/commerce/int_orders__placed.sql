{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='order_id',
    meta={'touched': 'int_touched__placed_orders', 'touched_key': ['order_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__placed_orders') }}
),

orders as (
    select * from {{ merged('orders', keys='touched' if is_incremental() else none) }}
)

select
    order_id,
    ordered_at,
    {{ reporting_day('ordered_at') }} as ordered_on,
    currency,
    gross_amount,
    coalesce(discount_amount, 0) as discount_amount,
    coalesce(gift_card_amount, 0) as gift_card_amount,
    cost_of_goods,
    customer_id,
    visitor_id,
    discount_codes,
    order_kind = 'renewal' as is_renewal,
    batch_id
from orders
where
    ordered_at < {{ as_of_end() }}
    and status = 'placed'
    and not coalesce(is_test, false)
