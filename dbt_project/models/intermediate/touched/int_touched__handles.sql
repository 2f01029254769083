{#- Handles of the touched profiles, as they are and as they were before. -#}
{%- set held = {
    'account_id': 'varchar',
    'observed_at': 'timestamp',
    'platform': 'varchar',
    'handle': 'varchar',
} -%}
{%- set columns = {'platform': 'varchar', 'handle': 'varchar'} -%}
with carried_before as (
    select
        profiles.platform,
        profiles.handle
    from {{ previous_rows('int_profiles__merge_sources', held) }} as profiles
    inner join {{ ref('int_touched__profiles') }} as touched
        on
            profiles.account_id = touched.account_id
            and profiles.observed_at = touched.observed_at
),

carried_now as (
    select
        profiles.platform,
        profiles.handle
    from {{ ref('stg_inbox__profiles') }} as profiles
    where
        profiles.observed_at < {{ as_of_end() }}
        and ({{ is_new('profiles.loaded_seq') }} or {{ came_due('profiles.observed_at') }})
        and profiles.handle is not null
),

touched as (
    select * from carried_before
    union
    select * from carried_now
    union
    select * from {{ found_before_the_kill(columns) }} as found
)

select
    platform,
    handle,
    cast({{ run_state().since_seq }} as bigint) as since_seq
from touched
