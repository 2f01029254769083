with int_fx_rates__by_day as (
    select * from {{ ref('int_fx_rates__by_day') }}
)

{{ tracked_changes(
    current='int_fx_rates__by_day',
    key={'currency': 'varchar', 'date_day': 'date'},
    columns={'rate_on': 'date', 'numerator': wide_integer(), 'denominator': wide_integer()},
) }}
