with int_accounts__sum_recent_posts as (
    select * from {{ ref('int_accounts__sum_recent_posts') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
),

accounts as (
    select
        accounts.platform,
        accounts.tier,
        posts.account_id,
        posts.posts_measured,
        posts.engagements_public,
        posts.followers_at_post,
        {{ safe_divide('posts.engagements_public', 'posts.followers_at_post') }}
            as er_followers_pooled
    from int_accounts__sum_recent_posts as posts
    inner join dim_account as accounts on posts.account_id = accounts.account_id
    where posts.posts_measured > 0 and accounts.tier is not null
),

placed as (
    select
        platform,
        tier,
        account_id,
        er_followers_pooled,
        count(*) over (partition by platform, tier) as accounts,
        row_number() over (
            partition by platform, tier
            order by er_followers_pooled nulls last, account_id nulls last
        ) as place
    from accounts
),

-- the interval of a median by order statistics: the chance, by the binomial distribution with
-- p = 1/2, that fewer accounts than `place` lie below the true median, and the same from above
bounding as (
    select
        platform,
        tier,
        er_followers_pooled,
        sum({{ binomial_half('place - 1', 'accounts') }}) over (
            partition by platform, tier order by place nulls last
            rows between unbounded preceding and current row
        ) as chance_from_below,
        sum({{ binomial_half('accounts - place', 'accounts') }}) over (
            partition by platform, tier order by place desc
            rows between unbounded preceding and current row
        ) as chance_from_above
    from placed
),

intervals as (
    select
        platform,
        tier,
        max(er_followers_pooled) filter (where chance_from_below <= 0.025) as er_followers_p50_low,
        min(er_followers_pooled) filter (where chance_from_above <= 0.025) as er_followers_p50_high
    from bounding
    group by platform, tier
),

tiers as (
    select
        platform,
        tier,
        count(*) as accounts,
        cast(sum(posts_measured) as bigint) as posts,
        {{ quantile('er_followers_pooled', 0.25) }} as er_followers_p25,
        {{ quantile('er_followers_pooled', 0.5) }} as er_followers_p50,
        {{ quantile('er_followers_pooled', 0.75) }} as er_followers_p75,
        {{ safe_divide('sum(engagements_public)', 'sum(followers_at_post)') }}
            as er_followers_pooled
    from accounts
    group by platform, tier
),

whole as (
    select
        tiers.*,
        intervals.er_followers_p50_low,
        intervals.er_followers_p50_high
    from tiers
    inner join intervals on tiers.platform = intervals.platform and tiers.tier = intervals.tier
)

select
    tiers.platform,
    tiers.tier,
    tiers.accounts,
    tiers.posts,
    tiers.er_followers_p25,
    tiers.er_followers_p50,
    tiers.er_followers_p75,
    tiers.er_followers_pooled,
    case
        when tiers.accounts >= 5 and macro_tiers.accounts >= 5
            then {{ safe_divide('tiers.er_followers_p50', 'macro_tiers.er_followers_p50') }}
    end as ratio_to_macro,
    tiers.er_followers_p50_low,
    tiers.er_followers_p50_high,
    {{ safe_divide('tiers.er_followers_p50_low', 'macro_tiers.er_followers_p50_high') }}
        as ratio_to_macro_low,
    {{ safe_divide('tiers.er_followers_p50_high', 'macro_tiers.er_followers_p50_low') }}
        as ratio_to_macro_high
from whole as tiers
left join whole as macro_tiers
    on tiers.platform = macro_tiers.platform and macro_tiers.tier = 'macro'
