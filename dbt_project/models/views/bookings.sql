with next_bookings as (
    select * from {{ ref('next_bookings').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
),

dim_creator as (
    select * from {{ ref('dim_creator').include(database=false) }}
),

dim_account as (
    select * from {{ ref('dim_account').include(database=false) }}
),

accounts as (
    select
        dim_account.creator_id,
        dim_account.account_id,
        dim_account.platform,
        dim_account.handle,
        dim_account.followers,
        {{ profile_url('dim_account') }} as profile_url
    from dim_account
    where dim_account.creator_id is not null
),

-- a creator is written to at one: the largest that has an address
ranked_accounts as (
    select
        *,
        row_number() over (
            partition by creator_id
            order by
                case when profile_url is null then 1 else 0 end asc nulls last,
                followers desc nulls last,
                account_id asc nulls last
        ) as place
    from accounts
)

select
    next_bookings.brand_id,
    dim_brand.brand_name,
    next_bookings.creator_id,
    dim_creator.shown_name as creator_name,
    dim_creator.country,
    dim_creator.tier,
    dim_creator.followers_total,
    ranked_accounts.account_id,
    ranked_accounts.platform,
    ranked_accounts.handle,
    ranked_accounts.profile_url,
    next_bookings.verdict,
    next_bookings.how_sure,
    next_bookings.expected_profit,
    next_bookings.expected_profit_low,
    next_bookings.expected_profit_high,
    next_bookings.next_profit_low,
    next_bookings.next_profit_high,
    next_bookings.expected_earned,
    next_bookings.next_break_even_fee,
    next_bookings.last_fee,
    next_bookings.last_cost,
    next_bookings.last_collaboration_id,
    next_bookings.collaborations,
    next_bookings.collaborations_measured,
    next_bookings.collaborations_running,
    next_bookings.own_weight,
    next_bookings.last_on,
    next_bookings.days_since_last,
    next_bookings.days_between,
    next_bookings.profit_per_1000,
    next_bookings.profit_per_1000_low,
    next_bookings.profit_per_1000_high,
    next_bookings.spend_order,
    next_bookings.spent_before,
    next_bookings.next_1000_part,
    next_bookings.next_1000_profit,
    next_bookings.next_1000_profit_low,
    next_bookings.next_1000_profit_high
from next_bookings
left join dim_brand on next_bookings.brand_id = dim_brand.brand_id
left join dim_creator on next_bookings.creator_id = dim_creator.creator_id
left join ranked_accounts
    on next_bookings.creator_id = ranked_accounts.creator_id and ranked_accounts.place = 1
