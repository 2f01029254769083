-- who may be approached for an own brand, and has a door open: its posts fit, or somebody or
-- something links it to the brand
with brands as (
    select brand_id
    from {{ source('config', 'brands') }}
    where role = 'own'
),

int_brands__match_recent_posts as (
    select * from {{ ref('int_brands__match_recent_posts') }}
),

int_brands__find_rival_work as (
    select * from {{ ref('int_brands__find_rival_work') }}
),

int_recommendations__find_accounts as (
    select * from {{ ref('int_recommendations__find_accounts') }}
),

int_events__find_accounts as (
    select * from {{ ref('int_events__find_accounts') }}
),

int_customers__find_accounts as (
    select * from {{ ref('int_customers__find_accounts') }}
),

collaborations as (
    select * from {{ merged('collaborations') }}
),

int_campaigns__merged as (
    select * from {{ ref('int_campaigns__merged') }}
),

int_brands__own_accounts as (
    select * from {{ ref('int_brands__own_accounts') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
),

shortlist_tiers as (
    select * from {{ source('config', 'shortlist_tiers') }}
),

-- of our own brands and of competitors alike
brand_accounts as (
    select distinct account_id
    from int_brands__own_accounts
),

doors as (
    select
        brand_id,
        account_id
    from int_brands__match_recent_posts
    union
    select
        brand_id,
        account_id
    from int_brands__find_rival_work
    union
    select
        brand_id,
        account_id
    from int_recommendations__find_accounts
    union
    select
        brand_id,
        account_id
    from int_events__find_accounts
    union
    select
        brands.brand_id,
        customers.account_id
    from int_customers__find_accounts as customers
    cross join brands
),

-- with a collaboration of any status
rosters as (
    select distinct
        campaigns.brand_id,
        collaborations.creator_id
    from collaborations
    inner join int_campaigns__merged as campaigns
        on collaborations.campaign_id = campaigns.campaign_id
)

select
    doors.brand_id,
    doors.account_id
from doors
inner join brands on doors.brand_id = brands.brand_id
inner join dim_account as accounts on doors.account_id = accounts.account_id
inner join shortlist_tiers as tiers on accounts.tier = tiers.tier
left join rosters on doors.brand_id = rosters.brand_id and accounts.creator_id = rosters.creator_id
left join brand_accounts on doors.account_id = brand_accounts.account_id
where
    not coalesce(accounts.is_bot, false)
    and not coalesce(accounts.is_noindex, false)
    and rosters.creator_id is null
    and brand_accounts.account_id is null
