{#-
    Touched orders with the customer and the day that they had before this run. A second row where a
    run that did not finish found others.
-#}
{% set before = {'order_id': 'varchar', 'customer_id': 'varchar', 'ordered_on': 'date'} %}

with touched as (
    select order_id
    from {{ ref('stg_inbox__orders') }}
    where {{ is_new('loaded_seq') }} or {{ came_due('ordered_at') }}
),

orders_before as (
    select * from {{ previous_rows('int_orders__placed', before) }}
),

rows_of_unfinished_run as (
    select * from {{ rows_of_unfinished_run(before) }}
)

select
    touched.order_id,
    placed.customer_id,
    placed.ordered_on,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
left join orders_before as placed on touched.order_id = placed.order_id
union
select
    order_id,
    customer_id,
    ordered_on,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from rows_of_unfinished_run
