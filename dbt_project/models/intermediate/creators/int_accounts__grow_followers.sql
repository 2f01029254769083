-- its last profile up to the logical date, and the last up to 30 days before that
with newest_30d_ago as (
    select
        account_id,
        max(date_day) as date_day
    from {{ ref('fct_account_daily') }}
    where date_day <= {{ as_of_date() }} - 30
    group by account_id
)

select
    accounts.account_id,
    {{ safe_divide('accounts.followers - profiles.followers', 'profiles.followers') }}
        as followers_growth_30d
from newest_30d_ago
inner join {{ ref('fct_account_daily') }} as profiles
    on
        newest_30d_ago.account_id = profiles.account_id
        and newest_30d_ago.date_day = profiles.date_day
inner join {{ ref('dim_account') }} as accounts on newest_30d_ago.account_id = accounts.account_id
where accounts.followers is not null and profiles.followers > 0
