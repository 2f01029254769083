with int_fx_rates__by_day as (
    select * from {{ ref('int_fx_rates__by_day') }}
)

select
    currency,
    date_day,
    {{ safe_divide('numerator', 'denominator') }} as rate,
    rate_on,
    middle_currency
from int_fx_rates__by_day
