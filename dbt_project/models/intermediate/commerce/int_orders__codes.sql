{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['order_id', 'code'],
    meta={'touched': 'int_touched__placed_orders', 'touched_key': ['order_id']},
) }}

-- depends_on: {{ ref('int_touched__placed_orders') }}
select distinct
    order_id,
    {{ exploded('discount_codes') }} as code
from {{ ref('int_orders__placed') }}
{% if is_incremental() %}
    where order_id in (
        select touched.order_id from {{ ref('int_touched__placed_orders') }} as touched
    )
{% endif %}
