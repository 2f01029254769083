with costs as (
    select
        *,
        {{ ten_thousandths('amount') }} as units
    from {{ ref('int_costs__list_amounts') }}
),

int_fx_rates__by_day as (
    select * from {{ ref('int_fx_rates__by_day') }}
),

int_collaborations__owe_commission as (
    select * from {{ ref('int_collaborations__owe_commission') }}
)

select
    costs.cost_id,
    costs.collaboration_id,
    costs.kind,
    costs.status,
    costs.incurred_on,
    {{ money_ratio(['costs.units', 'rates.numerator'], ['rates.denominator']) }} as amount,
    costs.currency,
    costs.amount as original_amount,
    rates.rate_on as fx_rate_on,
    costs.is_committed_cost,
    costs.is_paid_cost,
    costs.batch_id
from costs
left join int_fx_rates__by_day as rates
    on costs.currency = rates.currency and costs.incurred_on = rates.date_day
union all
-- a share of revenue that is converted already: beside the list of amounts, which the rates of
-- orders, and so revenue itself, are made from
select
    'commission:' || collaboration_id as cost_id,
    collaboration_id,
    'commission' as kind,
    'owed' as status,
    incurred_on,
    amount,
    {{ reporting_currency() }} as currency,
    amount as original_amount,
    incurred_on as fx_rate_on,
    true as is_committed_cost,
    false as is_paid_cost,
    batch_id
from int_collaborations__owe_commission
