with all_deliverables as (
    select * from {{ merged('deliverables') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_posts__match_deliverables as (
    select * from {{ ref('int_posts__match_deliverables') }}
),

campaigns as (
    select
        campaign_id,
        starts_on,
        ends_on,
        currency,
        goal_metric,
        goal_value,
        {{ ten_thousandths('goal_value') }} as goal_units,
        greatest(0, {{ days_apart('starts_on', 'ends_on') }} + 1) as total_days,
        greatest(0, {{ days_apart('starts_on', 'least(' ~ as_of_date() ~ ', ends_on)') }} + 1)
            as elapsed_days
    from {{ ref('int_campaigns__merged') }}
),

int_fx_rates__by_day as (
    select * from {{ ref('int_fx_rates__by_day') }}
),

campaign_performance as (
    select * from {{ ref('campaign_performance') }}
),

published as (
    select distinct deliverable_id
    from int_posts__match_deliverables
),

deliverables as (
    select
        live.campaign_id,
        deliverables.deliverable_id,
        deliverables.due_on
    from all_deliverables as deliverables
    inner join int_collaborations__live as live
        on deliverables.collaboration_id = live.collaboration_id
),

counted_deliverables as (
    select
        deliverables.campaign_id,
        count(*) as deliverables,
        count(*) filter (where deliverables.due_on <= {{ as_of_date() }}) as deliverables_due,
        count(published.deliverable_id) as deliverables_live,
        count(*) filter (
            where
            deliverables.due_on < {{ as_of_date() }} and published.deliverable_id is null
        ) as deliverables_late
    from deliverables
    left join published on deliverables.deliverable_id = published.deliverable_id
    group by deliverables.campaign_id
),

-- revenue is compared in the reporting currency, at the rate that the budget is told at
goals as (
    select
        campaigns.campaign_id,
        campaigns.starts_on,
        campaigns.ends_on,
        campaigns.goal_metric,
        campaigns.total_days,
        campaigns.elapsed_days,
        case
            when campaigns.goal_metric = 'revenue'
                then {{ money_ratio(
                    ['campaigns.goal_units', 'fx_rates.numerator'], ['fx_rates.denominator']
                ) }}
            else campaigns.goal_value
        end as goal_value
    from campaigns
    left join int_fx_rates__by_day as fx_rates
        on
            campaigns.currency = fx_rates.currency
            and least(campaigns.starts_on, {{ as_of_date() }}) = fx_rates.date_day
),

reached as (
    select
        goals.*,
        case goals.goal_metric
            when 'engagements' then cast(performance.engagements as double)
            when 'reach' then cast(performance.reach_sum_of_posts as double)
            when 'impressions' then cast(performance.impressions as double)
            when 'clicks' then cast(performance.valid_clicks as double)
            when 'conversions' then cast(performance.attributed_orders as double)
            when 'revenue' then cast(performance.attributed_revenue as double)
            when 'posts' then cast(performance.posts as double)
        end as actual
    from goals
    left join campaign_performance as performance
        on goals.campaign_id = performance.campaign_id and performance.is_default_method
),

paced as (
    select
        *,
        {{ metric_column('expected_to_date') }} as expected_to_date,
        {{ metric_column('pacing') }} as pacing,
        {{ metric_column('projected') }} as projected
    from reached
)

select
    paced.campaign_id,
    coalesce(counted_deliverables.deliverables, 0) as deliverables,
    coalesce(counted_deliverables.deliverables_due, 0) as deliverables_due,
    coalesce(counted_deliverables.deliverables_live, 0) as deliverables_live,
    coalesce(counted_deliverables.deliverables_late, 0) as deliverables_late,
    paced.goal_metric,
    paced.goal_value,
    paced.actual,
    cast(paced.elapsed_days as bigint) as elapsed_days,
    cast(paced.total_days as bigint) as total_days,
    paced.expected_to_date,
    paced.pacing,
    paced.projected,
    case
        when {{ as_of_date() }} < paced.starts_on then 'planned'
        when {{ as_of_date() }} > paced.ends_on then 'ended'
        when paced.pacing >= 1.1 then 'ahead'
        when paced.pacing < 0.9 then 'behind'
        when paced.pacing is not null then 'on_track'
    end as status
from paced
left join counted_deliverables on paced.campaign_id = counted_deliverables.campaign_id
order by paced.campaign_id nulls last
