{#-
    Touched refunds with the order that they had before this run. A second row where a run that did
    not finish found another order.
-#}
{% set before = {'refund_id': 'varchar', 'order_id': 'varchar'} %}

with touched as (
    select refund_id
    from {{ ref('stg_inbox__refunds') }}
    where {{ is_new('loaded_seq') }} or {{ came_due('refunded_at') }}
),

refunds_before as (
    select * from {{ previous_rows('int_refunds__due', before) }}
),

rows_of_unfinished_run as (
    select * from {{ rows_of_unfinished_run(before) }}
)

select
    touched.refund_id,
    refunds.order_id,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
left join refunds_before as refunds on touched.refund_id = refunds.refund_id
union
select
    refund_id,
    order_id,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from rows_of_unfinished_run
