{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='refund_id',
    meta={'touched': 'int_touched__refunds', 'touched_key': ['refund_id']},
) }}

-- depends_on: {{ ref('int_touched__refunds') }}
select
    refund_id,
    order_id,
    refunded_at,
    refunded_on,
    amount,
    batch_id
from {{ ref('int_refunds__due') }}
{% if is_incremental() %}
    where refund_id in (select touched.refund_id from {{ ref('int_touched__refunds') }} as touched)
{% endif %}
