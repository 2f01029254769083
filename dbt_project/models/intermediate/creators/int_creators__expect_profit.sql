-- What a collaboration of each brand and creator may be expected to earn before its costs: the
-- mean of those that were measured, pulled to the brand's (normal-normal empirical Bayes).
with all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

int_performance__sum_collaborations as (
    select * from {{ ref('int_performance__sum_collaborations') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_collaborations__order_days as (
    select * from {{ ref('int_collaborations__order_days') }}
),

thresholds as (
    select max(value) as profit_coverage_min
    from all_thresholds
    where name = 'profit_coverage_min'
),

sums as (
    select
        collaboration_id,
        attributed_profit,
        orders_covered,
        {{ profit_coverage() }} as profit_coverage
    from int_performance__sum_collaborations
    where method = {{ default_attribution_method() }}
),

measured as (
    select
        live.collaboration_id,
        live.brand_id,
        live.creator_id,
        live.ends_on >= {{ as_of_date() }} as is_running,
        {{ days_apart('live.starts_on', 'least(live.posts_until, ' ~ as_of_date() ~ ')') }} + 1
            as day_count,
        {{ ten_thousandths('sums.attributed_profit') }} as units
    from sums
    inner join int_collaborations__live as live on sums.collaboration_id = live.collaboration_id
    cross join thresholds
    where
        {{ return_is_watched('sums') }}
        and sums.profit_coverage >= thresholds.profit_coverage_min
),

order_days as (
    select
        collaboration_id,
        {{ ten_thousandths('attributed_profit') }} as units
    from int_collaborations__order_days
    where method = {{ default_attribution_method() }}
),

squares as (
    select
        collaboration_id,
        count(*) as day_count,
        cast(sum(units * units) as {{ wide_integer() }}) as squares
    from order_days
    group by collaboration_id
),

days_of_measured as (
    select
        measured.collaboration_id,
        measured.brand_id,
        measured.creator_id,
        measured.is_running,
        measured.units,
        cast(greatest(measured.day_count, coalesce(squares.day_count, 0)) as {{ wide_integer() }})
            as day_count,
        coalesce(squares.squares, cast(0 as {{ wide_integer() }})) as squares
    from measured
    left join squares on measured.collaboration_id = squares.collaboration_id
),

-- How far its sum may be off by chance, from how much its days differ: n x the variance of n days.
-- Added as DECIMALs from here on, so that the order of the rows changes nothing.
collaborations as (
    select
        brand_id,
        creator_id,
        is_running,
        units,
        cast(
            cast(
                case when day_count >= 2 then day_count * squares - units * units else squares end
                as double
            ) / (100000000 * cast(greatest(day_count - 1, 1) as double)) as decimal(38, 8)
        ) as variance
    from days_of_measured
),

pairs as (
    select
        brand_id,
        creator_id,
        count(*) as measured,
        count(*) filter (where is_running) as running,
        sum(variance) as variance,
        cast(cast(sum(units) as {{ wide_integer() }}) as double)
        / (10000 * cast(count(*) as double)) as mean,
        cast(
            cast(count(*) * sum(units * units) - sum(units) * sum(units) as double)
            / (100000000 * cast(count(*) as double)) as decimal(38, 8)
        ) as spread
    from collaborations
    group by brand_id, creator_id
),

brands as (
    select
        brand_id,
        cast(count(*) as double) as creators,
        cast(sum(measured) as double) as measured,
        cast(sum(measured * measured) as double) as measured_squared,
        cast(sum(variance) as double) / cast(sum(measured) as double) as variance_of_days,
        cast(sum(spread) as double) as spread,
        cast(sum(measured) - count(*) as double) as repeats,
        cast(sum(cast(measured * mean as decimal(38, 8))) as double)
        / cast(sum(measured) as double) as mean
    from pairs
    group by brand_id
    -- a mean of fewer is no better a guess than a creator's own: James and Stein need four
    having count(*) >= 4
),

-- where creators were booked again often enough, by how much their collaborations differ if more
within_pairs as (
    select
        brand_id,
        creators,
        measured,
        measured_squared,
        mean,
        case
            when repeats >= 5 then greatest(variance_of_days, spread / repeats)
            else variance_of_days
        end as variance
    from brands
),

between_squares as (
    select
        pairs.brand_id,
        cast(
            sum(cast(pairs.measured * power(pairs.mean - within_pairs.mean, 2) as decimal(38, 8)))
            as double
        ) as squares
    from pairs
    inner join within_pairs on pairs.brand_id = within_pairs.brand_id
    group by pairs.brand_id
),

-- the method of moments: how much creators differ beyond chance
variances as (
    select
        within_pairs.brand_id,
        within_pairs.creators,
        within_pairs.measured,
        within_pairs.mean,
        within_pairs.variance,
        greatest(
            0,
            (between_squares.squares - (within_pairs.creators - 1) * within_pairs.variance)
            / (within_pairs.measured - within_pairs.measured_squared / within_pairs.measured)
        ) as between_creators
    from within_pairs
    inner join between_squares on within_pairs.brand_id = between_squares.brand_id
),

weighed as (
    select
        pairs.brand_id,
        pairs.creator_id,
        pairs.measured,
        pairs.running,
        pairs.mean,
        variances.creators,
        variances.variance,
        variances.between_creators,
        variances.mean as mean_of_collaborations,
        variances.measured as measured_of_brand,
        case
            when variances.between_creators > 0
                then
                    pairs.measured * variances.between_creators
                    / (pairs.measured * variances.between_creators + variances.variance)
            else 0
        end as weight
    from pairs
    left join variances on pairs.brand_id = variances.brand_id
),

means as (
    select
        brand_id,
        cast(sum(cast(weight as decimal(38, 16))) as double) as weights,
        cast(sum(cast(weight * mean as decimal(38, 8))) as double) as weighted
    from weighed
    group by brand_id
),

towards as (
    select
        weighed.brand_id,
        weighed.creator_id,
        weighed.measured,
        weighed.running,
        weighed.mean,
        weighed.creators,
        weighed.variance,
        weighed.between_creators,
        case when weighed.variance is not null then weighed.weight end as own_weight,
        case
            when weighed.between_creators > 0 then means.weighted / means.weights
            else weighed.mean_of_collaborations
        end as mean_of_brand,
        case
            when weighed.between_creators > 0 then weighed.between_creators / means.weights
            else weighed.variance / weighed.measured_of_brand
        end as variance_of_mean
    from weighed
    inner join means on weighed.brand_id = means.brand_id
)

select
    brand_id,
    creator_id,
    measured,
    running,
    own_weight,
    {{ rounded_money('own_weight * mean + (1 - own_weight) * mean_of_brand') }} as expected_earned,
    -- what is not known of the creator: how far it lies from the brand's mean, and, as Morris
    -- adds, that how much creators differ is itself an estimate
    cast(
        between_creators * (1 - own_weight)
        + 2 / (creators - 3) * power((1 - own_weight) * (mean - mean_of_brand), 2)
        as decimal(38, 8)
    ) as own_variance,
    -- and of the brand's mean, which all its creators share
    cast((1 - own_weight) * sqrt(variance_of_mean) as decimal(38, 8)) as shared_error,
    cast(variance as decimal(38, 8)) as variance_of_one
from towards
