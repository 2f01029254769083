{#-
    Handles whose accounts change: of touched profiles, as they are and as they were before. A
    profile that only shows an account go by the handle that it had at that moment changes nothing.
-#}
{%- set profile = {
    'account_id': 'varchar',
    'observed_at': 'timestamp',
    'platform': 'varchar',
    'handle': 'varchar',
} -%}
{%- set carrier = {
    'platform': 'varchar',
    'handle': 'varchar',
    'carried_from': 'timestamp',
    'account_id': 'varchar',
    'is_contested': 'boolean',
} -%}
{%- set columns = {'platform': 'varchar', 'handle': 'varchar'} -%}
with int_touched__profiles as (
    select * from {{ ref('int_touched__profiles') }}
),

stg_inbox__profiles as (
    select * from {{ ref('stg_inbox__profiles') }}
),

profiles_before as (
    select * from {{ previous_rows('int_profiles__merge_sources', profile) }}
),

carriers_before as (
    select * from {{ previous_rows('int_handles__date_accounts', carrier) }}
),

rows_of_unfinished_run as (
    select * from {{ rows_of_unfinished_run(columns) }}
),

carried_now as (
    select
        touched.account_id,
        touched.observed_at,
        touched.platform,
        profiles.handle,
        -- two sources may differ
        count(*) over (partition by touched.account_id, touched.observed_at) as handles
    from int_touched__profiles as touched
    inner join stg_inbox__profiles as profiles
        on
            touched.platform = profiles.platform
            and touched.native_account_id = profiles.native_account_id
            and touched.observed_at = profiles.observed_at
    where not profiles.is_deleted and profiles.handle is not null
    group by touched.account_id, touched.observed_at, touched.platform, profiles.handle
),

carried_before as (
    select profiles.*
    from profiles_before as profiles
    inner join int_touched__profiles as touched
        on
            profiles.account_id = touched.account_id
            and profiles.observed_at = touched.observed_at
    where profiles.handle is not null
),

-- who had the handle at that moment, as far as was known
carriers as (
    select
        carried_now.account_id,
        carried_now.observed_at,
        carried_now.handle,
        {{ value_at_greatest('carriers.account_id', 'carriers.carried_from') }} as known_account_id,
        {{ value_at_greatest('carriers.is_contested', 'carriers.carried_from') }} as is_contested
    from carried_now
    inner join carriers_before as carriers
        on
            carried_now.platform = carriers.platform
            and carried_now.handle = carriers.handle
            and carried_now.observed_at >= carriers.carried_from
    group by carried_now.account_id, carried_now.observed_at, carried_now.handle
),

touched as (
    select
        carried_now.platform,
        carried_now.handle
    from carried_now
    left join carriers
        on
            carried_now.account_id = carriers.account_id
            and carried_now.observed_at = carriers.observed_at
            and carried_now.handle = carriers.handle
    where
        carriers.known_account_id is distinct from carried_now.account_id
        or carriers.is_contested
        or carried_now.handles > 1
    union
    select
        carried_before.platform,
        carried_before.handle
    from carried_before
    left join carried_now
        on
            carried_before.account_id = carried_now.account_id
            and carried_before.observed_at = carried_now.observed_at
            and carried_before.handle = carried_now.handle
            and carried_now.handles = 1
    where carried_now.account_id is null
    union
    select *
    from rows_of_unfinished_run
)

select
    platform,
    handle,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
