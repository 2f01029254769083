-- A roster account without an id takes the account seen last with its handle, or whose id stands in
-- its place; where two were seen at once, none.
with creator_accounts as (
    select * from {{ merged('creator_accounts') }}
),

int_handles__date_accounts as (
    select * from {{ ref('int_handles__date_accounts') }}
),

carriers as (
    select
        platform,
        account_id,
        carried_from,
        is_contested,
        handle
    from int_handles__date_accounts
    union all
    {{ ids_as_handles(
        'int_handles__date_accounts', ['platform', 'account_id', 'carried_from', 'false']
    ) }}
),

last_carried as (
    select
        platform,
        handle,
        max_by(account_id, carried_from) as account_id,
        max_by(is_contested, carried_from) as is_contested
    from carriers
    where (platform, handle) in (
        select
            creator_accounts.platform,
            creator_accounts.handle
        from creator_accounts
        where creator_accounts.native_account_id is null
    )
    group by platform, handle
)

select
    creator_accounts.platform,
    creator_accounts.handle,
    creator_accounts.creator_id,
    {{ account_id('creator_accounts.platform', 'creator_accounts.native_account_id') }}
        as stated_account_id,
    case
        when creator_accounts.native_account_id is not null
            then {{ account_id('creator_accounts.platform', 'creator_accounts.native_account_id') }}
        when not last_carried.is_contested then last_carried.account_id
    end as account_id
from creator_accounts
left join last_carried
    on
        creator_accounts.platform = last_carried.platform
        and creator_accounts.handle = last_carried.handle
