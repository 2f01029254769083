{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['order_id', 'code'],
    meta={'touched': 'int_touched__placed_orders', 'touched_key': ['order_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__placed_orders') }}
),

int_orders__placed as (
    select * from {{ ref('int_orders__placed') }}
)

select distinct
    order_id,
    {{ exploded('discount_codes') }} as code
from int_orders__placed
{% if is_incremental() %}
    where order_id in (select touched.order_id from touched)
{% endif %}
