with emv_rates as (
    select
        *,
        {{ millionths('value') }} as value_units
    from {{ source('config', 'emv_rates') }}
),

int_fx_rates__by_day as (
    select * from {{ ref('int_fx_rates__by_day') }}
)

select
    emv_rates.platform,
    {{ content_type_of('emv_rates.content_type') }} as content_type,
    emv_rates.action,
    emv_rates.value_units,
    fx_rates.numerator,
    fx_rates.denominator,
    emv_rates.currency
from emv_rates
left join int_fx_rates__by_day as fx_rates
    on emv_rates.currency = fx_rates.currency and fx_rates.date_day = {{ as_of_date() }}
