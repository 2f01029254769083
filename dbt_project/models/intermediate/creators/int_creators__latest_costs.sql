with int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

all_collaborations as (
    select * from {{ merged('collaborations') }}
),

all_deliverables as (
    select * from {{ merged('deliverables') }}
),

int_performance__sum_collaborations as (
    select * from {{ ref('int_performance__sum_collaborations') }}
),

-- one that has not begun has no costs yet, and says nothing of a price
collaborations as (
    select
        live.collaboration_id,
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
        creator_id,
        row_number() over (
            partition by creator_id order by agreed_on desc, collaboration_id desc
        ) as place
    from collaborations
),

deliverables as (
    select
        collaboration_id,
        count(*) as deliverables
    from all_deliverables
    group by collaboration_id
)

select
    in_time.creator_id,
    in_time.collaboration_id,
    case when sums.costs_without_rate = 0 then cast(sums.cost_committed as decimal(18, 4)) end
        as cost_committed,
    coalesce(deliverables.deliverables, 0) as deliverables
from in_time
inner join int_performance__sum_collaborations as sums
    on in_time.collaboration_id = sums.collaboration_id
left join deliverables on in_time.collaboration_id = deliverables.collaboration_id
where in_time.place = 1 and sums.method = {{ default_attribution_method() }}
