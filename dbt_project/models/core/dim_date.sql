-- from before the platforms that are read to the end of the year after the logical date's
with days as (
    select cast(series.generate_series as date) as date_day
    from generate_series(
        date '2005-01-01',
        cast(date_trunc('year', {{ as_of_date() }}) + interval 2 year - interval 1 day as date),
        interval 1 day
    ) as series
)

select
    date_day,
    cast(extract(week from date_day) as integer) as iso_week,
    cast(extract(isoyear from date_day) as integer) as iso_year,
    cast(date_trunc('week', date_day) as date) as week_starts_on,
    cast(extract(month from date_day) as integer) as month,
    cast(extract(quarter from date_day) as integer) as quarter,
    cast(extract(year from date_day) as integer) as year
from days
