with creators as (
    select * from {{ merged('creators') }}
),

roster_accounts as (
    select * from {{ merged('creator_accounts') }}
),

creator_accounts as (
    select * from {{ ref('dim_account') }}
),

known_accounts as (
    select * from {{ ref('dim_account') }}
),

largest_accounts as (
    select * from {{ ref('dim_account') }}
),

accounts as (
    select
        creator_id,
        cast(sum(followers) as bigint) as followers_total,
        count(*) as accounts,
        max(followers) as followers_of_largest
    from creator_accounts
    where creator_id is not null
    group by creator_id
),

-- two accounts of one size on two platforms may be of two tiers: the first account_id decides
tiers as (
    select
        largest.creator_id,
        {{ value_at_least('largest.tier', 'largest.account_id') }} as tier
    from largest_accounts as largest
    inner join accounts
        on
            largest.creator_id = accounts.creator_id
            and largest.followers = accounts.followers_of_largest
    group by largest.creator_id
),

-- by which two creators of one name are told apart: that of the largest account that has one
known_handles as (
    select
        creator_id,
        handle,
        row_number() over (
            partition by creator_id order by followers desc nulls last, account_id asc nulls last
        ) as place
    from known_accounts
    where creator_id is not null and handle is not null
),

roster_handles as (
    select
        creator_id,
        min(handle) as handle
    from roster_accounts
    group by creator_id
)

select
    creators.creator_id,
    creators.creator_name,
    creators.country,
    coalesce(accounts.accounts, 0) as accounts,
    accounts.followers_total,
    tiers.tier,
    creators.language,
    creators.niches,
    creators.creator_name || case
        when count(*) over (partition by creators.creator_name) > 1
            then
                ' ('
                || coalesce(
                    {{ shown_handle('known_handles.handle') }},
                    {{ shown_handle('roster_handles.handle') }},
                    creators.creator_id
                )
                || ')'
        else ''
    end as shown_name
from creators
left join accounts on creators.creator_id = accounts.creator_id
left join tiers on creators.creator_id = tiers.creator_id
left join known_handles
    on creators.creator_id = known_handles.creator_id and known_handles.place = 1
left join roster_handles on creators.creator_id = roster_handles.creator_id
