{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_id', 'valid_from'],
    meta={'touched': 'int_touched__account_changes', 'touched_key': ['account_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__account_changes') }}
),

int_accounts__date_changes as (
    select * from {{ ref('int_accounts__date_changes') }}
)

select
    account_id,
    valid_from,
    handle,
    display_name,
    tier,
    valid_to,
    valid_to is null as is_current
from int_accounts__date_changes
{% if is_incremental() %}
    where account_id in (select touched.account_id from touched)
{% endif %}
