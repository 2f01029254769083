-- A roster account without an id is the account that carried its handle on the day that the row
-- first landed, else the first one after, or whose id stands in its place; where two were seen at
-- once, none. It stays that account, whoever carries the handle later.
with creator_accounts as (
    select * from {{ merged('creator_accounts') }}
),

staged_accounts as (
    select * from {{ ref('stg_inbox__creator_accounts') }}
),

batches as (
    select * from {{ source('landing', 'batches') }}
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

without_id as (
    select
        staged.platform,
        staged.handle,
        min(batches.logical_date) as landed_on
    from staged_accounts as staged
    inner join creator_accounts
        on
            staged.platform = creator_accounts.platform
            and staged.handle = creator_accounts.handle
            and creator_accounts.native_account_id is null
    inner join batches on staged.first_sequence = batches.sequence
    where not staged.is_deleted
    group by staged.platform, staged.handle
),

carried as (
    select
        without_id.platform,
        without_id.handle,
        carriers.account_id,
        carriers.carried_from,
        carriers.is_contested,
        {{ reporting_day('carriers.carried_from') }} <= without_id.landed_on as is_before
    from without_id
    inner join carriers
        on
            without_id.platform = carriers.platform
            and without_id.handle = carriers.handle
),

meant as (
    select
        platform,
        handle,
        coalesce(
            {{ value_at_greatest('account_id', 'carried_from', 'is_before') }},
            {{ value_at_least('account_id', 'carried_from') }}
        ) as account_id,
        coalesce(
            {{ value_at_greatest('is_contested', 'carried_from', 'is_before') }},
            {{ value_at_least('is_contested', 'carried_from') }}
        ) as is_contested,
        {{ value_at_greatest('account_id', 'carried_from') }} as last_account_id
    from carried
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
        when not meant.is_contested then meant.account_id
    end as account_id,
    -- who carries the handle now, where that is another
    case
        when not meant.is_contested and meant.last_account_id <> meant.account_id
            then meant.last_account_id
    end as later_account_id
from creator_accounts
left join meant
    on
        creator_accounts.platform = meant.platform
        and creator_accounts.handle = meant.handle
