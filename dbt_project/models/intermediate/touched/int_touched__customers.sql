{#-
    Touched customers with their first order before this run. A second row where a run that did not
    finish found another order.
-#}
{% set before = {'customer_id': 'varchar', 'first_order_id': 'varchar'} %}

with int_touched__placed_orders as (
    select * from {{ ref('int_touched__placed_orders') }}
),

int_orders__placed as (
    select * from {{ ref('int_orders__placed') }}
),

first_orders_before as (
    select * from {{ previous_rows('int_customers__first_orders', before) }}
),

rows_of_unfinished_run as (
    select * from {{ rows_of_unfinished_run(before) }}
),

touched as (
    select customer_id
    from int_touched__placed_orders
    where customer_id is not null
    union
    select placed.customer_id
    from int_orders__placed as placed
    inner join int_touched__placed_orders as touched_orders
        on placed.order_id = touched_orders.order_id
    where placed.customer_id is not null
)

select
    touched.customer_id,
    known.first_order_id,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
left join first_orders_before as known on touched.customer_id = known.customer_id
union
select
    customer_id,
    first_order_id,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from rows_of_unfinished_run
