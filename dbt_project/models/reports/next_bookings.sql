with int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_creators__expect_profit as (
    select * from {{ ref('int_creators__expect_profit') }}
),

int_creators__latest_fees as (
    select * from {{ ref('int_creators__latest_fees') }}
),

pairs as (
    select
        brand_id,
        creator_id,
        count(*) as collaborations,
        min(starts_on) as first_starts_on,
        max(starts_on) as last_starts_on,
        max(ends_on) as last_on
    from int_collaborations__live
    group by brand_id, creator_id
),

compared as (
    select
        pairs.brand_id,
        pairs.creator_id,
        pairs.collaborations,
        pairs.last_on,
        cast({{ days_apart('pairs.last_on', as_of_date()) }} as bigint) as days_since_last,
        case
            when pairs.collaborations >= 2
                then
                    cast(
                        {{ days_apart('pairs.first_starts_on', 'pairs.last_starts_on') }} as double
                    ) / (pairs.collaborations - 1)
        end as days_between,
        coalesce(expected.measured, 0) as collaborations_measured,
        coalesce(expected.running, 0) as collaborations_running,
        expected.own_weight,
        expected.expected_earned,
        expected.own_variance,
        expected.shared_error,
        1.959964 * sqrt(expected.own_variance + power(expected.shared_error, 2)) as half,
        1.959964 * sqrt(
            expected.own_variance + power(expected.shared_error, 2) + expected.variance_of_one
        ) as half_of_one,
        latest.collaboration_id as last_collaboration_id,
        latest.cost as last_cost,
        latest.fee as last_fee,
        cast(expected.expected_earned - latest.cost as decimal(18, 4)) as expected_profit,
        cast(expected.expected_earned - (latest.cost - latest.fee) as decimal(18, 4))
            as next_break_even_fee
    from pairs
    left join int_creators__expect_profit as expected
        on pairs.brand_id = expected.brand_id and pairs.creator_id = expected.creator_id
    left join int_creators__latest_fees as latest
        on pairs.brand_id = latest.brand_id and pairs.creator_id = latest.creator_id
),

bounded as (
    select
        *,
        {{ rounded_money('cast(expected_profit as double) - half') }} as expected_profit_low,
        {{ rounded_money('cast(expected_profit as double) + half') }} as expected_profit_high,
        {{ rounded_money('cast(expected_profit as double) - half_of_one') }} as next_profit_low,
        {{ rounded_money('cast(expected_profit as double) + half_of_one') }} as next_profit_high
    from compared
),

returned as (
    select
        *,
        {{ metric_column('profit_per_1000') }} as profit_per_1000,
        {{ metric_column('profit_per_1000_low') }} as profit_per_1000_low,
        {{ metric_column('profit_per_1000_high') }} as profit_per_1000_high
    from bounded
),

-- Money goes to who returns most of it first, one collaboration of each: who comes later returns
-- less. It stops where nothing is expected to come back.
takers as (
    select
        brand_id,
        creator_id,
        last_cost,
        expected_profit,
        own_variance,
        shared_error,
        cast(row_number() over (
            partition by brand_id order by profit_per_1000 desc, creator_id asc nulls last
        ) as bigint) as place
    from returned
    where profit_per_1000 > 0
),

in_order as (
    select
        *,
        coalesce(
            sum(last_cost) over (
                partition by brand_id order by place nulls last
                rows between unbounded preceding and 1 preceding
            ), 0
        ) as spent_before
    from takers
),

parts as (
    select
        *,
        greatest(0, least(last_cost, 1000 - spent_before)) as next_1000_part,
        cast(greatest(0, least(last_cost, 1000 - spent_before)) as double)
        / cast(last_cost as double) as part_of_cost
    from in_order
),

weighed_parts as (
    select
        brand_id,
        cast(part_of_cost * cast(expected_profit as double) as decimal(38, 8)) as part_of_profit,
        cast(part_of_cost * part_of_cost * own_variance as decimal(38, 8)) as part_of_variance,
        cast(part_of_cost * shared_error as decimal(38, 8)) as part_of_error
    from parts
),

thousands as (
    select
        brand_id,
        cast(sum(part_of_profit) as double) as profit,
        cast(sum(part_of_variance) as double) as own_variance,
        cast(sum(part_of_error) as double) as shared_error
    from weighed_parts
    group by brand_id
)

select
    returned.brand_id,
    returned.creator_id,
    case
        when returned.expected_profit is null then 'too_early'
        when returned.expected_profit_low > 0 then 'rebook'
        when returned.expected_profit_high < 0 or returned.next_break_even_fee <= 0 then 'stop'
        when returned.expected_profit > 0 then 'try_again'
        else 'renegotiate'
    end as verdict,
    case
        when returned.expected_profit is null then 'not_known'
        when returned.expected_profit_low <= 0 and returned.expected_profit_high >= 0 then 'unsure'
        when returned.collaborations_measured >= 3 then 'sure'
        else 'fairly_sure'
    end as how_sure,
    returned.expected_profit,
    returned.expected_profit_low,
    returned.expected_profit_high,
    returned.next_profit_low,
    returned.next_profit_high,
    returned.expected_earned,
    returned.next_break_even_fee,
    returned.last_fee,
    returned.last_cost,
    returned.last_collaboration_id,
    returned.collaborations,
    returned.collaborations_measured,
    returned.collaborations_running,
    returned.own_weight,
    returned.last_on,
    returned.days_since_last,
    returned.days_between,
    returned.profit_per_1000,
    returned.profit_per_1000_low,
    returned.profit_per_1000_high,
    parts.place as spend_order,
    cast(parts.spent_before as decimal(18, 4)) as spent_before,
    cast(parts.next_1000_part as decimal(18, 4)) as next_1000_part,
    {{ rounded_money('thousands.profit') }} as next_1000_profit,
    {{ rounded_money(
        'thousands.profit - 1.959964'
        ~ ' * sqrt(thousands.own_variance + power(thousands.shared_error, 2))'
    ) }} as next_1000_profit_low,
    {{ rounded_money(
        'thousands.profit + 1.959964'
        ~ ' * sqrt(thousands.own_variance + power(thousands.shared_error, 2))'
    ) }} as next_1000_profit_high
from returned
left join parts
    on returned.brand_id = parts.brand_id and returned.creator_id = parts.creator_id
left join thousands on returned.brand_id = thousands.brand_id
order by returned.brand_id nulls last, returned.creator_id nulls last
