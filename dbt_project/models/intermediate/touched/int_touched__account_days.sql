-- the days of the touched profiles, and after each the next day with a row, whose change it shifts
with int_touched__profiles as (
    select * from {{ ref('int_touched__profiles') }}
),

int_profiles__merge_sources as (
    select * from {{ ref('int_profiles__merge_sources') }}
),

days as (
    select distinct
        account_id,
        date_day
    from int_touched__profiles
),

-- what is touched or has a row, from the first touched day on
days_in_time as (
    select
        account_id,
        date_day,
        true as is_touched
    from days
    union all
    select
        profiles.account_id,
        profiles.date_day,
        false as is_touched
    from int_profiles__merge_sources as profiles
    where
        profiles.date_day > (select min(all_days.date_day) from days as all_days)
        and profiles.account_id in (select all_days.account_id from days as all_days)
),

known_days as (
    select
        account_id,
        date_day,
        bool_or(is_touched) as is_touched
    from days_in_time
    group by account_id, date_day
),

days_and_next as (
    select
        account_id,
        date_day,
        is_touched
        or lag(is_touched) over (
            partition by account_id order by date_day nulls last
        ) as is_restated
    from known_days
)

select
    account_id,
    date_day
from days_and_next
where is_restated
