with all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

int_performance__sum_collaborations as (
    select * from {{ ref('int_performance__sum_collaborations') }}
),

thresholds as (
    select max(value) as profit_coverage_min
    from all_thresholds
    where name = 'profit_coverage_min'
),

collaborations as (
    select
        sums.*,
        {{ profit_coverage() }} as profit_coverage,
        thresholds.profit_coverage_min,
        case when sums.is_in_ratios then sums.posts else 0 end as posts_in_ratios,
        case when sums.is_in_ratios then sums.impressions end as impressions_in_ratios,
        case
            when sums.is_in_ratios then sums.valid_clicks
            when sums.valid_clicks is not null then 0
        end as clicks_in_ratios,
        case when sums.is_in_ratios then sums.cost_committed else 0 end as cost_in_ratios,
        -- a mention that is not of a paid post belongs to the campaign, to no collaboration of it
        cast(null as bigint) as mentions_earned
    from int_performance__sum_collaborations as sums
    cross join thresholds
)

select
    collaboration_id,
    method,
    campaign_id,
    creator_id,
    {{ performance_columns() }},
    is_live,
    cast(converting_orders as bigint) as converting_orders
from collaborations
order by collaboration_id nulls last, method nulls last
