with creators as (
    select * from {{ merged('creators') }}
),

creator_accounts as (
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
        min_by(largest.tier, largest.account_id) as tier
    from largest_accounts as largest
    inner join accounts
        on
            largest.creator_id = accounts.creator_id
            and largest.followers = accounts.followers_of_largest
    group by largest.creator_id
)

select
    creators.creator_id,
    creators.creator_name,
    creators.country,
    coalesce(accounts.accounts, 0) as accounts,
    accounts.followers_total,
    tiers.tier,
    creators.language,
    creators.niches
from creators
left join accounts on creators.creator_id = accounts.creator_id
left join tiers on creators.creator_id = tiers.creator_id
