-- the days of orders that something changed for, before and now
select ordered_on
from {{ ref('int_touched__placed_orders') }}
where ordered_on is not null
union
select placed.ordered_on
from {{ ref('int_orders__placed') }} as placed
inner join {{ ref('int_touched__orders') }} as touched on placed.order_id = touched.order_id
