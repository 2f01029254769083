with campaigns as (
    select
        *,
        {{ ten_thousandths('budget') }} as budget_units
    from {{ ref('int_campaigns__merged') }}
),

attribution as (
    select * from {{ source('config', 'attribution') }}
),

int_fx_rates__by_day as (
    select * from {{ ref('int_fx_rates__by_day') }}
)

select
    campaigns.campaign_id,
    campaigns.brand_id,
    campaigns.campaign_name,
    campaigns.objective,
    campaigns.starts_on,
    campaigns.ends_on,
    {{ money_ratio(['campaigns.budget_units', 'fx_rates.numerator'], ['fx_rates.denominator']) }}
        as budget_amount,
    campaigns.goal_metric,
    campaigns.goal_value,
    case
        when {{ as_of_date() }} < campaigns.starts_on then 'planned'
        when {{ as_of_date() }} > campaigns.ends_on then 'ended'
        else 'running'
    end as status,
    coalesce(campaigns.attribution_window_days, attribution.window_days) as attribution_window_days
from campaigns
cross join attribution
left join int_fx_rates__by_day as fx_rates
    on
        campaigns.currency = fx_rates.currency
        and least(campaigns.starts_on, {{ as_of_date() }}) = fx_rates.date_day
