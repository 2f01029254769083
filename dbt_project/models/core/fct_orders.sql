{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='order_id',
    meta={'touched': 'int_touched__orders', 'touched_key': ['order_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__orders') }}
),

int_orders__placed as (
    select * from {{ ref('int_orders__placed') }}
),

int_refunds__due as (
    select * from {{ ref('int_refunds__due') }}
),

int_orders__touches as (
    select * from {{ ref('int_orders__touches') }}
),

int_fx_rates__by_day as (
    select * from {{ ref('int_fx_rates__by_day') }}
),

int_customers__first_orders as (
    select * from {{ ref('int_customers__first_orders') }}
),

orders as (
    select
        placed.order_id,
        placed.ordered_at,
        placed.ordered_on,
        placed.customer_id,
        placed.visitor_id,
        placed.currency,
        placed.gross_amount,
        placed.discount_amount,
        placed.gift_card_amount,
        placed.cost_of_goods,
        placed.is_renewal,
        placed.batch_id,
        placed.gross_amount - placed.discount_amount - placed.gift_card_amount as paid_amount
    from int_orders__placed as placed
    {% if is_incremental() %}
        inner join touched on placed.order_id = touched.order_id
    {% endif %}
),

refunds as (
    select
        order_id,
        sum(amount) as refunded_amount,
        {{ sorted_set('batch_id') }} as batch_ids
    from int_refunds__due
    where order_id in (select orders.order_id from orders)
    group by order_id
),

touches as (
    select
        order_id,
        count(*) as touches
    from int_orders__touches
    where order_id in (select orders.order_id from orders)
    group by order_id
),

net_orders as (
    select
        orders.*,
        coalesce(refunds.refunded_amount, 0) as refunded_amount,
        {{ sorted_union(list_of(['orders.batch_id']), 'refunds.batch_ids') }} as batch_ids,
        orders.paid_amount - least(coalesce(refunds.refunded_amount, 0), orders.paid_amount)
            as net_amount
    from orders
    left join refunds on orders.order_id = refunds.order_id
),

-- whole ten-thousandths, and the share that was kept in lowest terms: see money_ratio
counted_orders as (
    select
        *,
        {{ ten_thousandths('net_amount') }} as net,
        {{ ten_thousandths('paid_amount') }} as paid,
        {{ ten_thousandths('cost_of_goods') }} as cogs,
        {{ common_divisor(ten_thousandths('net_amount'), ten_thousandths('paid_amount')) }}
            as common
    from net_orders
)

select
    orders.order_id,
    orders.ordered_at,
    orders.ordered_on,
    orders.customer_id,
    orders.visitor_id,
    orders.currency,
    orders.gross_amount,
    cast(orders.discount_amount as decimal(18, 4)) as discount_amount,
    cast(orders.gift_card_amount as decimal(18, 4)) as gift_card_amount,
    try_cast(orders.refunded_amount as decimal(18, 4)) as refunded_amount,
    cast(orders.net_amount as decimal(18, 4)) as net_amount,
    rates.rate_on as fx_rate_on,
    {{ money_ratio(['orders.net', 'rates.numerator'], ['rates.denominator']) }} as net_revenue,
    case
        when orders.paid = 0
            then {{ money_ratio(
                ['(-orders.cogs)', 'rates.numerator'], ['rates.denominator']
            ) }}
        else {{ money_ratio(
            [
                whole_quotient('orders.net', 'orders.common'),
                '(orders.paid - orders.cogs)',
                'rates.numerator',
            ],
            [whole_quotient('orders.paid', 'orders.common'), 'rates.denominator'],
        ) }}
    end as gross_profit,
    case
        when orders.customer_id is not null then orders.order_id = first_orders.first_order_id
    end as is_new_customer,
    case
        when orders.is_renewal then 'renewal'
        when orders.customer_id is null then null
        when orders.order_id = first_orders.first_order_id then 'new'
        else 'repeat'
    end as order_kind,
    coalesce(touches.touches, 0) as touches,
    orders.batch_ids
from counted_orders as orders
left join int_fx_rates__by_day as rates
    on orders.currency = rates.currency and orders.ordered_on = rates.date_day
left join int_customers__first_orders as first_orders
    on orders.customer_id = first_orders.customer_id
left join touches on orders.order_id = touches.order_id
