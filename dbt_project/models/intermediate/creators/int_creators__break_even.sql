-- what a post of each creator earned before its fee, pulled to that of its tier by 5 posts of it
with all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

int_performance__sum_collaborations as (
    select * from {{ ref('int_performance__sum_collaborations') }}
),

bridge_post_collaborations as (
    select * from {{ ref('bridge_post_collaborations') }}
),

dim_creator as (
    select * from {{ ref('dim_creator') }}
),

thresholds as (
    select max(value) as profit_coverage_min
    from all_thresholds
    where name = 'profit_coverage_min'
),

sums as (
    select
        collaboration_id,
        creator_id,
        posts,
        attributed_profit,
        orders_covered,
        {{ profit_coverage() }} as profit_coverage
    from int_performance__sum_collaborations
    where method = {{ default_attribution_method() }} and is_live
),

earned as (
    select
        sums.collaboration_id,
        sums.creator_id,
        creators.tier,
        cast(sums.posts as {{ wide_integer() }}) as posts,
        {{ ten_thousandths('sums.attributed_profit') }} as profit_units
    from sums
    inner join dim_creator as creators on sums.creator_id = creators.creator_id
    cross join thresholds
    where
        {{ return_is_watched('sums') }}
        and sums.profit_coverage >= thresholds.profit_coverage_min
),

-- a post of two collaborations is one post of its creator
posts_of_creators as (
    select
        earned.creator_id,
        count(distinct bridge.post_id) as posts
    from earned
    inner join bridge_post_collaborations as bridge
        on earned.collaboration_id = bridge.collaboration_id
    group by earned.creator_id
),

creators as (
    select
        earned.creator_id,
        earned.tier,
        cast(max(counted.posts) as {{ wide_integer() }}) as posts,
        cast(sum(earned.profit_units) as {{ wide_integer() }}) as profit_units
    from earned
    inner join posts_of_creators as counted on earned.creator_id = counted.creator_id
    group by earned.creator_id, earned.tier
),

tiers as (
    select
        tier,
        cast(sum(posts) as {{ wide_integer() }}) as posts,
        cast(sum(profit_units) as {{ wide_integer() }}) as profit_units
    from creators
    group by tier
),

with_posts as (
    select
        earned.tier,
        cast(earned.posts as double) as posts,
        cast(earned.profit_units as double) / 10000 as profit
    from earned
    where earned.posts > 0
),

means as (
    select
        tier,
        cast(sum(profit_units) as double) / (10000 * cast(sum(posts) as double)) as profit_of_post
    from earned
    where posts > 0
    group by tier
),

-- Squares of what is left after the mean, each post weighing the same. Added as DECIMALs, so that
-- the order of the rows changes nothing.
spreads as (
    select
        with_posts.tier,
        count(*) as collaborations,
        cast(
            sum(
                cast(
                    power(with_posts.profit - means.profit_of_post * with_posts.posts, 2)
                    / with_posts.posts as decimal(38, 8)
                )
            ) as double
        ) as spread
    from with_posts
    inner join means on with_posts.tier = means.tier
    group by with_posts.tier
),

fees as (
    select
        creators.creator_id,
        creators.posts,
        {{ money_ratio(
            ['(creators.profit_units * tiers.posts + 5 * tiers.profit_units)'],
            ['tiers.posts', '(creators.posts + 5)'],
        ) }} as fee,
        (
            cast(creators.profit_units as double) / 10000
            + 5 * (cast(tiers.profit_units as double) / (10000 * cast(tiers.posts as double)))
        ) / (cast(creators.posts as double) + 5) as exact_fee,
        case
            when spreads.collaborations >= 2
                then 1.959964 * sqrt(
                    spreads.spread / (spreads.collaborations - 1)
                    / (cast(creators.posts as double) + 5)
                )
        end as half
    from creators
    left join tiers on creators.tier = tiers.tier
    left join spreads on creators.tier = spreads.tier
)

select
    creator_id,
    cast(posts as bigint) as break_even_posts,
    fee as break_even_fee,
    {{ rounded_money('exact_fee - half') }} as break_even_low,
    {{ rounded_money('exact_fee + half') }} as break_even_high
from fees
