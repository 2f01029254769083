with int_accounts__compare_content as (
    select * from {{ ref('int_accounts__compare_content') }}
),

-- each account counts once, however much it posts
counted as (
    select
        platform,
        facet,
        value,
        count(*) as accounts,
        cast(sum(posts) as bigint) as posts,
        cast(sum(usual_posts) as bigint) as usual_posts,
        cast(sum(difference) as double) / cast(count(*) as double) as mean,
        cast(
            count(*) * sum(cast(difference * difference as decimal(38, 18)))
            - sum(difference) * sum(difference) as double
        ) / cast(count(*) * (count(*) - 1) as double) as variance
    from int_accounts__compare_content
    group by platform, facet, value
    having count(*) >= 5
),

errors as (
    select
        *,
        accounts - 1 as degrees,
        sqrt(greatest(variance, 0) / cast(accounts as double)) as error
    from counted
),

-- how unlikely each is by chance alone: a value of the normal distribution
tested as (
    select
        *,
        case
            when error > 0 then {{ normal_of_t('(mean / error)', 'degrees') }}
            when mean = 0 then 0
        end as z,
        count(*) over () as comparisons
    from errors
),

placed as (
    select
        *,
        cast(row_number() over (order by z desc nulls first) as double) as place
    from tested
),

-- Benjamini and Hochberg: of those that are called better or worse, one in twenty by chance at
-- most; where none is, the intervals are those of the first place
found as (
    select coalesce(max(place), 1) as places
    from placed
    where z is null or z >= {{ normal_bound('(0.05e0 * place / (2 * comparisons))') }}
),

bounds as (
    select
        placed.*,
        {{ normal_bound('(0.05e0 * found.places / (2 * placed.comparisons))') }} as bound
    from placed
    cross join found
),

intervals as (
    select
        *,
        {{ t_of_normal('bound', 'degrees') }} * error as half
    from bounds
),

lifts as (
    select
        *,
        {{ rounded('exp(mean) - 1', 9) }} as lift,
        {{ rounded('exp(mean - half) - 1', 9) }} as lift_low,
        {{ rounded('exp(mean + half) - 1', 9) }} as lift_high
    from intervals
)

select
    platform,
    facet,
    value,
    case
        when lift_low > 0 then 'better'
        when lift_high < 0 then 'worse'
        else 'unsure'
    end as verdict,
    lift,
    lift_low,
    lift_high,
    accounts,
    posts,
    usual_posts,
    comparisons
from lifts
