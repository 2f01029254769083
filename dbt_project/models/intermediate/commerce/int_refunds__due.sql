{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='refund_id',
    meta={'touched': 'int_touched__refunds', 'touched_key': ['refund_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__refunds') }}
),

refunds as (
    select * from {{ merged('refunds', keys='touched' if is_incremental() else none) }}
)

select
    refund_id,
    order_id,
    refunded_at,
    {{ reporting_day('refunded_at') }} as refunded_on,
    amount,
    batch_id
from refunds
where refunded_at < {{ as_of_end() }}
