-- the days of orders that something changed for, before and now
with int_touched__placed_orders as (
    select * from {{ ref('int_touched__placed_orders') }}
),

int_orders__placed as (
    select * from {{ ref('int_orders__placed') }}
),

int_touched__orders as (
    select * from {{ ref('int_touched__orders') }}
)

select ordered_on
from int_touched__placed_orders
where ordered_on is not null
union
select placed.ordered_on
from int_orders__placed as placed
inner join int_touched__orders as touched on placed.order_id = touched.order_id
