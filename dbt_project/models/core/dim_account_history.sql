{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_id', 'valid_from'],
    meta={'touched': 'int_touched__account_changes', 'touched_key': ['account_id']},
) }}

-- depends_on: {{ ref('int_touched__account_changes') }}
select
    account_id,
    valid_from,
    handle,
    display_name,
    tier,
    valid_to,
    valid_to is null as is_current
from {{ ref('int_accounts__date_changes') }}
{% if is_incremental() %}
    where account_id in (
        select touched.account_id from {{ ref('int_touched__account_changes') }} as touched
    )
{% endif %}
