{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='refund_id',
    meta={'touched': 'int_touched__refunds', 'touched_key': ['refund_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__refunds') }}
),

int_refunds__due as (
    select * from {{ ref('int_refunds__due') }}
)

select
    refund_id,
    order_id,
    refunded_at,
    refunded_on,
    amount,
    batch_id
from int_refunds__due
{% if is_incremental() %}
    where refund_id in (select touched.refund_id from touched)
{% endif %}
