with all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

int_performance__sum_collaborations as (
    select * from {{ ref('int_performance__sum_collaborations') }}
),

int_campaigns__merged as (
    select * from {{ ref('int_campaigns__merged') }}
),

thresholds as (
    select max(value) as profit_coverage_min
    from all_thresholds
    where name = 'profit_coverage_min'
),

collaborations as (
    select
        campaigns.brand_id,
        campaigns.starts_on,
        campaigns.ends_on,
        sums.collaboration_id,
        sums.creator_id,
        sums.is_live,
        sums.orders_covered,
        sums.attributed_revenue,
        sums.attributed_profit,
        sums.revenue_of_known_profit,
        sums.cost_committed,
        thresholds.profit_coverage_min,
        {{ profit_coverage() }} as profit_coverage
    from int_performance__sum_collaborations as sums
    inner join int_campaigns__merged as campaigns on sums.campaign_id = campaigns.campaign_id
    cross join thresholds
    where sums.method = {{ default_attribution_method() }}
),

-- The live ones of a pair that have begun and were watched, in order; those of one campaign start
-- by their ids.
ordered as (
    select
        brand_id,
        creator_id,
        {{ metric_column('roi') }} as roi,
        row_number() over (
            partition by brand_id, creator_id
            order by starts_on nulls last, collaboration_id nulls last
        ) as place,
        count(*) over (partition by brand_id, creator_id) as places
    from collaborations
    where is_live and {{ return_is_watched() }}
),

-- one row is the first and one the last: the maximum is its value
first_and_last as (
    select
        brand_id,
        creator_id,
        max(roi) filter (where place = 1) as roi_first,
        max(roi) filter (where place = places) as roi_last
    from ordered
    group by brand_id, creator_id
),

live_pairs as (
    select
        brand_id,
        creator_id,
        count(*) as collaborations,
        min(starts_on) as first_on,
        max(ends_on) as last_on
    from collaborations
    where is_live
    group by brand_id, creator_id
),

-- what was paid for those that are not live was spent on the creator all the same
sums_of_pairs as (
    select
        brand_id,
        creator_id,
        sum(attributed_revenue) as attributed_revenue,
        sum(attributed_profit) as attributed_profit,
        sum(revenue_of_known_profit) as revenue_of_known_profit,
        sum(cost_committed) as cost
    from collaborations
    group by brand_id, creator_id
),

-- the return is told of those alone whose orders were watched
watched as (
    select
        brand_id,
        creator_id,
        profit_coverage_min,
        count(*) as collaborations_in_roi,
        min(orders_covered) as orders_covered,
        sum(attributed_revenue) as attributed_revenue,
        sum(attributed_profit) as attributed_profit,
        sum(revenue_of_known_profit) as revenue_of_known_profit,
        sum(cost_committed) as cost_committed
    from collaborations
    where {{ return_is_watched() }}
    group by brand_id, creator_id, profit_coverage_min
),

watched_coverage as (
    select
        *,
        {{ profit_coverage() }} as profit_coverage
    from watched
),

returns as (
    select
        brand_id,
        creator_id,
        collaborations_in_roi,
        {{ metric_column('roi') }} as roi
    from watched_coverage
),

pairs as (
    select
        live_pairs.*,
        sums_of_pairs.attributed_revenue,
        sums_of_pairs.attributed_profit,
        sums_of_pairs.cost,
        {{ profit_coverage() }} as profit_coverage,
        returns.roi,
        first_and_last.roi_first,
        first_and_last.roi_last,
        coalesce(returns.collaborations_in_roi, 0) as collaborations_in_roi
    from live_pairs
    inner join sums_of_pairs
        on
            live_pairs.brand_id = sums_of_pairs.brand_id
            and live_pairs.creator_id = sums_of_pairs.creator_id
    left join returns
        on
            live_pairs.brand_id = returns.brand_id
            and live_pairs.creator_id = returns.creator_id
    left join first_and_last
        on
            live_pairs.brand_id = first_and_last.brand_id
            and live_pairs.creator_id = first_and_last.creator_id
),

relationships as (
    select
        *,
        case
            when last_on < {{ as_of_date() }} - 180 then 'lapsed'
            when collaborations >= 2 then 'active'
            else 'new'
        end as status
    from pairs
)

select
    brand_id,
    creator_id,
    collaborations,
    first_on,
    last_on,
    cast(
        greatest(0, {{ days_apart('first_on', 'least(last_on, ' ~ as_of_date() ~ ')') }} + 1)
        as bigint
    ) as tenure_days,
    collaborations >= 2 as is_repeat,
    cast(attributed_revenue as decimal(18, 4)) as attributed_revenue,
    cast(attributed_profit as decimal(18, 4)) as attributed_profit,
    profit_coverage,
    cast(cost as decimal(18, 4)) as cost,
    roi,
    roi_first,
    roi_last,
    status,
    coalesce(status = 'lapsed' and roi > 0, false) as is_lapsed_star,
    collaborations_in_roi
from relationships
order by brand_id nulls last, creator_id nulls last
