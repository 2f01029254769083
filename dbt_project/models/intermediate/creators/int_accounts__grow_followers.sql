-- its last known followers up to the logical date, and the last up to 30 days before that
with account_days as (
    select *
    from {{ ref('fct_account_daily') }}
    where followers is not null
),

profiles as (
    select * from {{ ref('fct_account_daily') }}
),

profiles_before as (
    select * from {{ ref('fct_account_daily') }}
),

days as (
    select
        account_id,
        max(date_day) as last_day,
        max(date_day) filter (where date_day <= {{ as_of_date() }} - 30) as day_before
    from account_days
    group by account_id
)

select
    days.account_id,
    {{ safe_divide('profiles.followers - profiles_before.followers', 'profiles_before.followers') }}
        as followers_growth_30d
from days
inner join profiles on days.account_id = profiles.account_id and days.last_day = profiles.date_day
inner join profiles_before
    on
        days.account_id = profiles_before.account_id
        and days.day_before = profiles_before.date_day
where
    profiles_before.followers > 0
    and profiles.is_derivable
    and profiles_before.is_derivable
