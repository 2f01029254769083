with rates as (
    select
        rate_date,
        base_currency,
        quote_currency,
        cast(rate * 10000000000 as {{ wide_integer() }}) as numerator,
        cast(10000000000 as {{ wide_integer() }}) as denominator
    from {{ merged('fx_rates') }} as fx_rates
    where rate_date <= {{ as_of_date() }} and rate > 0 and base_currency <> quote_currency
),

int_orders__placed as (
    select * from {{ ref('int_orders__placed') }}
),

int_campaigns__merged as (
    select * from {{ ref('int_campaigns__merged') }}
),

int_costs__list_amounts as (
    select * from {{ ref('int_costs__list_amounts') }}
),

-- a rate can be used in both directions; lowest terms keep the products of two legs small
legs as (
    select
        base_currency as from_currency,
        quote_currency as to_currency,
        true as is_direct,
        rate_date,
        {{ whole_quotient('numerator', common_divisor('numerator', 'denominator')) }} as numerator,
        {{ whole_quotient('denominator', common_divisor('numerator', 'denominator')) }}
            as denominator
    from rates
    union all
    select
        quote_currency as from_currency,
        base_currency as to_currency,
        false as is_direct,
        rate_date,
        {{ whole_quotient('denominator', common_divisor('numerator', 'denominator')) }}
            as numerator,
        {{ whole_quotient('numerator', common_divisor('numerator', 'denominator')) }} as denominator
    from rates
),

routes as (
    select
        from_currency,
        to_currency,
        min(rate_date) as first_rate_on
    from legs
    group by from_currency, to_currency
),

wanted as (
    select
        currency,
        ordered_on as date_day
    from int_orders__placed
    union
    select
        currency,
        least(starts_on, {{ as_of_date() }}) as date_day
    from int_campaigns__merged
    where currency is not null and (budget is not null or goal_metric = 'revenue')
    union
    select
        currency,
        incurred_on as date_day
    from int_costs__list_amounts
    where currency is not null
    -- and every currency on D: what is worth something at D (earned media) is converted at D
    union
    select
        from_currency as currency,
        {{ as_of_date() }} as date_day
    from legs
    union
    select
        {{ reporting_currency() }} as currency,
        {{ as_of_date() }} as date_day
),

wanted_from_abroad as (
    select
        wanted.currency,
        wanted.date_day,
        coalesce(routes.first_rate_on <= wanted.date_day, false) as has_rate
    from wanted
    left join routes
        on
            wanted.currency = routes.from_currency
            and routes.to_currency = {{ reporting_currency() }}
    where wanted.currency <> {{ reporting_currency() }}
),

ways_through as (
    select
        wanted_from_abroad.currency,
        wanted_from_abroad.date_day,
        first_leg.to_currency as middle
    from wanted_from_abroad
    inner join routes as first_leg
        on
            wanted_from_abroad.currency = first_leg.from_currency
            and wanted_from_abroad.date_day >= first_leg.first_rate_on
    inner join routes as second_leg
        on
            first_leg.to_currency = second_leg.from_currency
            and second_leg.to_currency = {{ reporting_currency() }}
            and wanted_from_abroad.date_day >= second_leg.first_rate_on
    where not wanted_from_abroad.has_rate
),

questions as (
    select
        currency as from_currency,
        {{ reporting_currency() }} as to_currency,
        date_day
    from wanted_from_abroad
    where has_rate
    union
    select
        currency as from_currency,
        middle as to_currency,
        date_day
    from ways_through
    union
    select
        middle as from_currency,
        {{ reporting_currency() }} as to_currency,
        date_day
    from ways_through
),

-- an as-of join by a window: rates and the days that are asked for in one order, in which the last
-- rate up to a day is the running maximum
line_of_days as (
    select
        from_currency,
        to_currency,
        rate_date as date_day,
        case when is_direct then rate_date end as direct_on,
        case when not is_direct then rate_date end as inverse_on,
        0 as is_question
    from legs
    union all
    select
        from_currency,
        to_currency,
        date_day,
        null as direct_on,
        null as inverse_on,
        1 as is_question
    from questions
),

last_rates as (
    select
        from_currency,
        to_currency,
        date_day,
        is_question,
        max(direct_on) over (
            partition by from_currency, to_currency
            order by date_day nulls last, is_question nulls last
            rows between unbounded preceding and current row
        ) as direct_on,
        max(inverse_on) over (
            partition by from_currency, to_currency
            order by date_day nulls last, is_question nulls last
            rows between unbounded preceding and current row
        ) as inverse_on
    from line_of_days
),

answers as (
    select
        last_rates.from_currency,
        last_rates.to_currency,
        last_rates.date_day,
        legs.rate_date,
        legs.numerator,
        legs.denominator
    from last_rates
    inner join legs
        on
            last_rates.from_currency = legs.from_currency
            and last_rates.to_currency = legs.to_currency
            and (last_rates.direct_on is not null) = legs.is_direct
            and coalesce(last_rates.direct_on, last_rates.inverse_on) = legs.rate_date
    where last_rates.is_question = 1
),

rates_through as (
    select
        ways_through.currency,
        ways_through.date_day,
        ways_through.middle,
        least(first_leg.rate_date, second_leg.rate_date) as rate_date,
        first_leg.numerator * second_leg.numerator as numerator,
        first_leg.denominator * second_leg.denominator as denominator,
        row_number() over (
            partition by ways_through.currency, ways_through.date_day
            order by
                least(first_leg.rate_date, second_leg.rate_date) desc,
                ways_through.middle nulls last
        ) as choice
    from ways_through
    inner join answers as first_leg
        on
            ways_through.currency = first_leg.from_currency
            and ways_through.middle = first_leg.to_currency
            and ways_through.date_day = first_leg.date_day
    inner join answers as second_leg
        on
            ways_through.middle = second_leg.from_currency
            and second_leg.to_currency = {{ reporting_currency() }}
            and ways_through.date_day = second_leg.date_day
)

select
    currency,
    date_day,
    date_day as rate_on,
    cast(null as string) as middle_currency,
    cast(1 as {{ wide_integer() }}) as numerator,
    cast(1 as {{ wide_integer() }}) as denominator
from wanted
where currency = {{ reporting_currency() }}
union all
select
    wanted_from_abroad.currency,
    wanted_from_abroad.date_day,
    answers.rate_date as rate_on,
    cast(null as string) as middle_currency,
    answers.numerator,
    answers.denominator
from wanted_from_abroad
inner join answers
    on
        wanted_from_abroad.currency = answers.from_currency
        and answers.to_currency = {{ reporting_currency() }}
        and wanted_from_abroad.date_day = answers.date_day
where wanted_from_abroad.has_rate
union all
select
    currency,
    date_day,
    rate_date as rate_on,
    middle as middle_currency,
    numerator,
    denominator
from rates_through
where choice = 1
