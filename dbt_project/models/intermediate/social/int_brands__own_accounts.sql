-- accounts that carried one of a brand's handles in a profile up to D, or whose id stands in its
-- place; where handles name their server, the profile may give the bare user of an account on it
with int_handles__date_accounts as (
    select * from {{ ref('int_handles__date_accounts') }}
),

brand_handles as (
    select * from {{ source('config', 'brand_handles') }}
),

carriers as (
    select distinct
        platform,
        account_id,
        handle
    from int_handles__date_accounts
),

full_handles as (
    select
        platform,
        account_id,
        handle
    from carriers
    union all
    select
        platform,
        account_id,
        handle || '@' || {{ url_host('substr(account_id, length(platform) + 2)') }} as handle
    from carriers
    where {{ platform_fact('names_servers', 'platform') }} and not contains(handle, '@')
    union all
    {{ ids_as_handles('carriers', ['platform', 'account_id']) }}
)

select distinct
    brand_handles.brand_id,
    full_handles.account_id
from full_handles
inner join brand_handles
    on
        full_handles.platform = brand_handles.platform
        and full_handles.handle = brand_handles.handle
