{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['platform', 'handle', 'carried_from', 'account_id'],
    meta={'touched': 'int_touched__handles', 'touched_key': ['platform', 'handle']},
) }}

-- A row for each account that carried a handle, from the moment at which other accounts, or none,
-- had been seen with it last: a handle changes hands, so only its profiles in order tell whose it
-- was. Two accounts seen with it at one moment have a row each and is_contested.
with touched as (
    select * from {{ ref('int_touched__handles') }}
),

int_profiles__merge_sources as (
    select * from {{ ref('int_profiles__merge_sources') }}
),

observations as (
    select
        profiles.platform,
        profiles.handle,
        profiles.observed_at,
        {{ sorted_set('profiles.account_id') }} as account_ids
    from int_profiles__merge_sources as profiles
    {% if is_incremental() %}
        inner join touched
            on profiles.platform = touched.platform and profiles.handle = touched.handle
    {% endif %}
    where profiles.handle is not null
    group by profiles.platform, profiles.handle, profiles.observed_at
),

with_the_one_before as (
    select
        platform,
        handle,
        observed_at,
        account_ids,
        lag(account_ids) over (
            partition by platform, handle order by observed_at nulls last
        ) as previous_account_ids
    from observations
)

select
    platform,
    handle,
    observed_at as carried_from,
    {{ exploded('account_ids') }} as account_id,
    cardinality(account_ids) > 1 as is_contested
from with_the_one_before
where account_ids is distinct from previous_account_ids
