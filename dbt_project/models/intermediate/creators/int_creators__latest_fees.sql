-- what the latest live collaboration of a brand and a creator cost, and the fee in it
with int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

all_collaborations as (
    select * from {{ merged('collaborations') }}
),

fct_costs as (
    select * from {{ ref('fct_costs') }}
),

-- one that has not begun has no costs yet, and says nothing of a price
collaborations as (
    select
        live.collaboration_id,
        live.brand_id,
        live.creator_id,
        coalesce(agreed.agreed_on, live.starts_on) as agreed_on
    from int_collaborations__live as live
    inner join all_collaborations as agreed on live.collaboration_id = agreed.collaboration_id
    where coalesce(agreed.agreed_on, live.starts_on) <= {{ as_of_date() }}
),

-- of two that were agreed on one day, the larger id
in_time as (
    select
        collaboration_id,
        brand_id,
        creator_id,
        row_number() over (
            partition by brand_id, creator_id order by agreed_on desc, collaboration_id desc
        ) as place
    from collaborations
),

costs as (
    select
        collaboration_id,
        sum(amount) as cost,
        sum(amount) filter (where kind = 'fee') as fee,
        count(*) filter (where amount is null) as costs_without_rate
    from fct_costs
    where is_committed_cost
    group by collaboration_id
)

select
    in_time.brand_id,
    in_time.creator_id,
    in_time.collaboration_id,
    case
        when coalesce(costs.costs_without_rate, 0) = 0
            then cast(coalesce(costs.cost, 0) as decimal(18, 4))
    end as cost,
    case
        when coalesce(costs.costs_without_rate, 0) = 0
            then cast(coalesce(costs.fee, 0) as decimal(18, 4))
    end as fee
from in_time
left join costs on in_time.collaboration_id = costs.collaboration_id
where in_time.place = 1
