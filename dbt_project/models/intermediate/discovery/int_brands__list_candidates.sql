-- who may be approached for an own brand, and has a door open: its posts fit, or somebody or
-- something links it to the brand
with brands as (
    select brand_id
    from {{ source('config', 'brands') }}
    where role = 'own'
),

doors as (
    select
        brand_id,
        account_id
    from {{ ref('int_brands__match_recent_posts') }}
    union
    select
        brand_id,
        account_id
    from {{ ref('int_brands__find_rival_work') }}
    union
    select
        brand_id,
        account_id
    from {{ ref('int_recommendations__find_accounts') }}
    union
    select
        brand_id,
        account_id
    from {{ ref('int_events__find_accounts') }}
    union
    select
        brands.brand_id,
        customers.account_id
    from {{ ref('int_customers__find_accounts') }} as customers
    cross join brands
),

-- with a collaboration of any status
rosters as (
    select distinct
        campaigns.brand_id,
        collaborations.creator_id
    from {{ merged('collaborations') }} as collaborations
    inner join {{ ref('int_campaigns__merged') }} as campaigns
        on collaborations.campaign_id = campaigns.campaign_id
),

-- of our own brands and of competitors alike
brand_accounts as (
    select distinct account_id
    from {{ ref('int_brands__own_accounts') }}
)

select
    doors.brand_id,
    doors.account_id
from doors
inner join brands on doors.brand_id = brands.brand_id
inner join {{ ref('dim_account') }} as accounts on doors.account_id = accounts.account_id
inner join {{ source('config', 'shortlist_tiers') }} as tiers on accounts.tier = tiers.tier
left join rosters
    on doors.brand_id = rosters.brand_id and accounts.creator_id = rosters.creator_id
left join brand_accounts on doors.account_id = brand_accounts.account_id
where
    not coalesce(accounts.is_bot, false)
    and not coalesce(accounts.is_noindex, false)
    and rosters.creator_id is null
    and brand_accounts.account_id is null
