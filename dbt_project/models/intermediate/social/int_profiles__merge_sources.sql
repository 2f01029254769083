{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_id', 'observed_at'],
    meta={'touched': 'int_touched__profiles', 'touched_key': ['account_id', 'observed_at']},
) }}

-- depends_on: {{ ref('int_touched__handles') }}, which reads what this table held before
with touched as (
    select * from {{ ref('int_touched__profiles') }}
),

derived_metrics_withheld as (
    select * from {{ source('config', 'derived_metrics_withheld') }}
),

profiles as (
    select merged.*
    from
        {{ merged(
            'profiles',
            'touched' if is_incremental() else none,
            is_derivable('derived_metrics_withheld'),
        ) }} as merged
    where merged.observed_at < {{ as_of_end() }}
)

select
    {{ account_id('platform', 'native_account_id') }} as account_id,
    platform,
    native_account_id,
    observed_at,
    {{ reporting_day('observed_at') }} as date_day,
    handle,
    display_name,
    followers,
    following,
    posts_count,
    is_verified,
    is_bot,
    is_noindex,
    language,
    country,
    is_derivable
from profiles
