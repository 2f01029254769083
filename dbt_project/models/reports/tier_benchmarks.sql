-- posts of the 90 days that end with D, complete at 7 days, with followers
with measured_posts as (
    select
        posts.platform,
        accounts.tier,
        posts.account_id,
        at_age.engagements_public,
        at_age.followers_at_post
    from {{ ref('fct_post_at_age') }} as at_age
    inner join {{ ref('dim_post') }} as posts on at_age.post_id = posts.post_id
    inner join {{ ref('dim_account') }} as accounts on posts.account_id = accounts.account_id
    where
        at_age.age_days = 7
        and at_age.is_complete
        and at_age.followers_at_post > 0
        and accounts.tier is not null
        and posts.published_on > {{ as_of_date() }} - 90
        and posts.published_on <= {{ as_of_date() }}
),

accounts as (
    select
        platform,
        tier,
        account_id,
        count(*) as posts,
        sum(engagements_public) as engagements_public,
        sum(followers_at_post) as followers_at_post,
        {{ safe_divide('sum(engagements_public)', 'sum(followers_at_post)') }}
            as er_followers_pooled
    from measured_posts
    group by platform, tier, account_id
),

tiers as (
    select
        platform,
        tier,
        count(*) as accounts,
        cast(sum(posts) as bigint) as posts,
        {{ quantile('er_followers_pooled', 0.25) }} as er_followers_p25,
        {{ quantile('er_followers_pooled', 0.5) }} as er_followers_p50,
        {{ quantile('er_followers_pooled', 0.75) }} as er_followers_p75,
        {{ safe_divide('sum(engagements_public)', 'sum(followers_at_post)') }}
            as er_followers_pooled
    from accounts
    group by platform, tier
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
    end as ratio_to_macro
from tiers
left join tiers as macro_tiers
    on tiers.platform = macro_tiers.platform and macro_tiers.tier = 'macro'
