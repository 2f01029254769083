{#-
    Accounts whose history changes: one of their touched profiles is not what the history says of
    its moment. A profile that only confirms the account as it was leaves it alone.
-#}
{%- set history = {
    'account_id': 'varchar',
    'valid_from': 'timestamp',
    'valid_to': 'timestamp',
    'handle': 'varchar',
    'display_name': 'varchar',
    'tier': 'varchar',
} -%}
with int_touched__profiles as (
    select * from {{ ref('int_touched__profiles') }}
),

int_profiles__merge_sources as (
    select * from {{ ref('int_profiles__merge_sources') }}
),

history as (
    select * from {{ previous_rows('int_accounts__date_changes', history) }} as held
),

tiers as (
    select * from {{ source('config', 'tiers') }}
),

found_before as (
    select * from {{ rows_of_unfinished_run({'account_id': 'varchar'}) }}
),

profiles as (
    select
        touched.account_id,
        touched.observed_at,
        profiles.account_id is not null as is_present,
        profiles.handle,
        profiles.display_name,
        profiles.followers,
        {{ configured_platform('touched.platform', 'tiers') }} as tiers_of
    from int_touched__profiles as touched
    left join int_profiles__merge_sources as profiles
        on
            touched.account_id = profiles.account_id
            and touched.observed_at = profiles.observed_at
),

confirmed as (
    select
        profiles.account_id,
        profiles.observed_at
    from profiles
    left join tiers
        on
            profiles.tiers_of = tiers.platform
            and profiles.followers >= tiers.min_followers
            and (profiles.followers <= tiers.max_followers or tiers.max_followers is null)
    inner join history
        on
            profiles.account_id = history.account_id
            and profiles.observed_at >= history.valid_from
            and (profiles.observed_at < history.valid_to or history.valid_to is null)
            -- what a profile lacks stays as it was, unless it once told the change itself
            and (
                profiles.handle is not distinct from history.handle
                or profiles.handle is null and profiles.observed_at > history.valid_from
            )
            and profiles.display_name is not distinct from history.display_name
            and (
                tiers.tier is not distinct from history.tier
                or profiles.followers is null and profiles.observed_at > history.valid_from
            )
    where profiles.is_present
),

touched as (
    select profiles.account_id
    from profiles
    left join confirmed
        on
            profiles.account_id = confirmed.account_id
            and profiles.observed_at = confirmed.observed_at
    where confirmed.account_id is null
    union
    select account_id
    from found_before
)

select
    account_id,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
