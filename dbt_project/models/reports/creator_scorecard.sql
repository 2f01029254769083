with all_thresholds as (
    select * from {{ source('config', 'thresholds') }}
),

penalties as (
    select * from {{ source('config', 'authenticity') }}
),

posts as (
    select
        account_id,
        posts_90d,
        paid_posts_90d,
        posts_measured,
        er_followers_median,
        likes_per_comment_posts,
        {{ metric_column('paid_posts_share') }} as paid_posts_share,
        {{ safe_divide('engagements_public', 'followers_at_post') }} as er_followers_pooled,
        {{ safe_divide('engagements_of_posts_with_views', 'views') }} as er_views_pooled,
        {{ safe_divide('likes', 'comments') }} as likes_per_comment,
        -- sample standard deviation over mean, both times the number of posts
        {{ safe_divide(
            'case when engagements_squared is not null then '
            ~ 'sqrt(cast(posts_measured as double) / nullif(posts_measured - 1, 0)'
            ~ ' * (posts_measured * engagements_squared - cast(engagements_public as '
            ~ wide_integer() ~ ') * engagements_public)) end',
            'engagements_public'
        ) }} as engagement_variation
    from {{ ref('int_accounts__sum_recent_posts') }}
),

ranks as (
    select * from {{ ref('int_accounts__rank_peers') }}
),

ranked_accounts as (
    select * from {{ ref('dim_account') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
),

int_accounts__grow_followers as (
    select * from {{ ref('int_accounts__grow_followers') }}
),

int_accounts__measure_jumps as (
    select * from {{ ref('int_accounts__measure_jumps') }}
),

int_accounts__top_hashtags as (
    select * from {{ ref('int_accounts__top_hashtags') }}
),

thresholds as (
    select max(value) as authenticity_min_score
    from all_thresholds
    where name = 'authenticity_min_score'
),

peers as (
    select
        accounts.platform,
        accounts.tier,
        count(*) as peers
    from ranks
    inner join ranked_accounts as accounts on ranks.account_id = accounts.account_id
    group by accounts.platform, accounts.tier
),

accounts as (
    select
        accounts.account_id,
        accounts.platform,
        accounts.handle,
        accounts.creator_id,
        accounts.tier,
        accounts.followers,
        accounts.following,
        posts.er_followers_pooled,
        posts.er_followers_median,
        ranks.er_followers_shrunk,
        ranks.er_percentile,
        posts.er_views_pooled,
        growth.followers_growth_30d,
        jumps.follower_jump_z,
        posts.likes_per_comment,
        posts.engagement_variation,
        posts.paid_posts_share,
        coalesce(posts.posts_measured, 0) as posts_measured,
        coalesce(peers.peers, 0) as peers,
        coalesce(posts.posts_90d, 0) as posts_90d,
        coalesce(posts.posts_90d, 0) * 7 / cast(90 as double) as posts_per_week,
        coalesce(posts.paid_posts_90d, 0) as paid_posts_90d,
        coalesce(jumps.follower_jump_days, 0) as follower_jump_days,
        coalesce(posts.likes_per_comment_posts, 0) as likes_per_comment_posts,
        {{ safe_divide('accounts.following', 'accounts.followers') }} as following_per_follower,
        coalesce(tags.top_hashtags, {{ empty_list() }}) as top_hashtags
    from dim_account as accounts
    left join posts on accounts.account_id = posts.account_id
    left join ranks on accounts.account_id = ranks.account_id
    left join peers on accounts.platform = peers.platform and accounts.tier = peers.tier
    left join int_accounts__grow_followers as growth on accounts.account_id = growth.account_id
    left join int_accounts__measure_jumps as jumps on accounts.account_id = jumps.account_id
    left join int_accounts__top_hashtags as tags on accounts.account_id = tags.account_id
),

-- each signal that has a penalty, with the sample that it rests on
signals as (
    select
        accounts.account_id,
        penalties.position,
        penalties.signal,
        penalties.comparison,
        penalties.bound,
        penalties.bound_text,
        penalties.min_sample,
        penalties.points,
        case penalties.signal
            when 'follower_jump_z' then accounts.follower_jump_z
            when 'er_percentile' then accounts.er_percentile
            when 'likes_per_comment' then accounts.likes_per_comment
            when 'following_per_follower' then accounts.following_per_follower
            when 'posts_per_week' then accounts.posts_per_week
            when 'engagement_variation' then accounts.engagement_variation
        end as measured,
        case penalties.signal
            when 'follower_jump_z' then accounts.follower_jump_days
            when 'er_percentile' then accounts.peers
            when 'likes_per_comment' then accounts.likes_per_comment_posts
            when 'following_per_follower' then 1
            when 'posts_per_week' then accounts.posts_90d
            when 'engagement_variation' then accounts.posts_measured
        end as sample_size
    from accounts
    cross join penalties
),

judged as (
    select
        account_id,
        sum(points) as points,
        {{ ordered_list(
            "signal || ' ' || " ~ short_number('measured')
            ~ " || ' ' || comparison || ' ' || bound_text || ': -' || cast(points as string)",
            'position'
        ) }} as penalties
    from signals
    where
        sample_size >= min_sample
        and (
            comparison = 'above' and measured > bound
            or comparison = 'below' and measured < bound
        )
    group by account_id
),

scored as (
    select
        accounts.*,
        cast(greatest(100 - coalesce(judged.points, 0), 0) as integer) as authenticity_score,
        coalesce(judged.penalties, {{ empty_list() }}) as authenticity_penalties
    from accounts
    left join judged on accounts.account_id = judged.account_id
)

select
    scored.account_id,
    scored.platform,
    scored.handle,
    scored.creator_id,
    scored.tier,
    scored.followers,
    scored.following,
    scored.posts_measured,
    scored.er_followers_pooled,
    scored.er_followers_median,
    scored.er_followers_shrunk,
    scored.er_percentile,
    scored.peers,
    scored.er_views_pooled,
    scored.followers_growth_30d,
    scored.posts_90d,
    scored.posts_per_week,
    scored.paid_posts_90d,
    scored.paid_posts_share,
    scored.follower_jump_z,
    scored.follower_jump_days,
    scored.likes_per_comment,
    scored.likes_per_comment_posts,
    scored.following_per_follower,
    scored.engagement_variation,
    scored.authenticity_score,
    scored.authenticity_penalties,
    scored.authenticity_score < thresholds.authenticity_min_score as is_suspicious,
    scored.top_hashtags
from scored
cross join thresholds
order by scored.account_id nulls last
