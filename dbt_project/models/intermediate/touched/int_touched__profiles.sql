-- profiles that are new, or whose moment was reached; also those that were deleted
with stg_inbox__profiles as (
    select * from {{ ref('stg_inbox__profiles') }}
)

select distinct
    {{ account_id('profiles.platform', 'profiles.native_account_id') }} as account_id,
    profiles.platform,
    profiles.native_account_id,
    profiles.observed_at,
    {{ reporting_day('profiles.observed_at') }} as date_day
from stg_inbox__profiles as profiles
where
    profiles.observed_at < {{ as_of_end() }}
    and ({{ is_new('profiles.loaded_seq') }} or {{ came_due('profiles.observed_at') }})
