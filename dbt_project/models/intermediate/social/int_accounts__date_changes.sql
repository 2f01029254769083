{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['account_id', 'valid_from'],
    meta={'touched': 'int_touched__account_changes', 'touched_key': ['account_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__account_changes') }}
),

tiers as (
    select * from {{ source('config', 'tiers') }}
),

profiles as (
    select
        profiles.account_id,
        profiles.observed_at,
        profiles.handle,
        profiles.display_name,
        profiles.followers,
        {{ configured_platform('profiles.platform', 'tiers') }} as tiers_of
    from {{ ref('int_profiles__merge_sources') }} as profiles
    {% if is_incremental() %}
        where profiles.account_id in (select touched.account_id from touched)
    {% endif %}
),

-- a profile without a handle or followers does not take back what was known
known as (
    select
        account_id,
        observed_at,
        display_name,
        tiers_of,
        {{ last_present('handle') }} over up_to_then as handle,
        {{ last_present('followers') }} over up_to_then as followers
    from profiles
    window
        up_to_then as (
            partition by account_id
            order by observed_at nulls last
            rows between unbounded preceding and current row
        )
),

tiered as (
    select
        known.account_id,
        known.observed_at,
        known.handle,
        known.display_name,
        tiers.tier
    from known
    left join tiers
        on
            known.tiers_of = tiers.platform
            and known.followers >= tiers.min_followers
            and (known.followers <= tiers.max_followers or tiers.max_followers is null)
),

with_the_one_before as (
    select
        *,
        lag(handle) over account_in_time as previous_handle,
        lag(display_name) over account_in_time as previous_display_name,
        lag(tier) over account_in_time as previous_tier,
        row_number() over account_in_time as profile_number
    from tiered
    window account_in_time as (partition by account_id order by observed_at nulls last)
),

changes as (
    select *
    from with_the_one_before
    where
        profile_number = 1
        or handle is distinct from previous_handle
        or display_name is distinct from previous_display_name
        or tier is distinct from previous_tier
)

select
    account_id,
    observed_at as valid_from,
    handle,
    display_name,
    tier,
    lead(observed_at) over (partition by account_id order by observed_at nulls last) as valid_to
from changes
