-- the days of the touched profiles, and after each the next day with a row, whose change it shifts
with days as (
    select distinct
        account_id,
        date_day
    from {{ ref('int_touched__profiles') }}
),

next_days as (
    select
        days.account_id,
        min(profiles.date_day) as date_day
    from days
    inner join {{ ref('int_profiles__merge_sources') }} as profiles
        on days.account_id = profiles.account_id and days.date_day < profiles.date_day
    where profiles.date_day > (select min(all_days.date_day) from days as all_days)
    group by days.account_id, days.date_day
)

select * from days
union
select * from next_days
