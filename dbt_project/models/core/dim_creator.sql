with creators as (
    select *
    from {{ merged('creators') }} as merged
),

accounts as (
    select
        creator_id,
        count(*) as accounts,
        cast(sum(followers) as bigint) as followers_total,
        max_by(tier, struct_pack(followers := followers, account_id := account_id))
            filter (where followers is not null) as tier
    from {{ ref('dim_account') }}
    where creator_id is not null
    group by creator_id
)

select
    creators.creator_id,
    creators.creator_name,
    creators.country,
    coalesce(accounts.accounts, 0) as accounts,
    accounts.followers_total,
    accounts.tier,
    creators.language,
    creators.niches
from creators
left join accounts on creators.creator_id = accounts.creator_id
