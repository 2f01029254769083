-- from the first day that staging takes to the end of the year after the logical date's
with days as (
    select
        {{ exploded(dates_between(
            "date '2004-01-01'",
            "cast(date_trunc('year', " ~ as_of_date() ~ ") + interval 2 year as date) - 1",
            1,
        )) }} as date_day
)

select
    date_day,
    cast(extract(week from date_day) as integer) as iso_week,
    -- a week is of the year that its Thursday is in
    cast(extract(year from {{ week_of('date_day') }} + 3) as integer) as iso_year,
    {{ week_of('date_day') }} as week_starts_on,
    cast(extract(month from date_day) as integer) as month,
    cast(extract(quarter from date_day) as integer) as quarter,
    cast(extract(year from date_day) as integer) as year
from days
