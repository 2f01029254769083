with collaborations as (
    select * from {{ merged('collaborations') }}
),

payments as (
    select * from {{ merged('payments') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_campaigns__coverage as (
    select * from {{ ref('int_campaigns__coverage') }}
),

int_collaborations__order_days as (
    select * from {{ ref('int_collaborations__order_days') }}
),

-- once a commission is entered, that is what is owed or was paid
entered as (
    select distinct collaboration_id
    from payments
    where kind = 'commission' and incurred_on <= {{ as_of_date() }}
),

earned as (
    select
        collaboration_id,
        sum(attributed_revenue) as attributed_revenue,
        max(ordered_on) filter (where attributed_revenue <> 0) as last_earned_on
    from int_collaborations__order_days
    where method = {{ default_attribution_method() }}
    group by collaboration_id
),

owed as (
    select
        collaborations.collaboration_id,
        collaborations.batch_id,
        -- a day of the campaign, though a link was used before it began
        greatest(earned.last_earned_on, live.starts_on) as incurred_on,
        {{ money_ratio(
            [
                ten_thousandths('earned.attributed_revenue'),
                millionths('collaborations.commission_rate'),
            ],
            ['1000000'],
        ) }} as amount
    from collaborations
    inner join int_collaborations__live as live
        on collaborations.collaboration_id = live.collaboration_id
    inner join int_campaigns__coverage as coverage on live.campaign_id = coverage.campaign_id
    inner join earned on collaborations.collaboration_id = earned.collaboration_id
    left join entered on collaborations.collaboration_id = entered.collaboration_id
    where entered.collaboration_id is null and coverage.orders_covered > 0
)

select
    collaboration_id,
    incurred_on,
    amount,
    batch_id
from owed
where amount > 0
