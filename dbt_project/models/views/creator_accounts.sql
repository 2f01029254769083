with creator_scorecard as (
    select * from {{ ref('creator_scorecard').include(database=false) }}
),

dim_account as (
    select * from {{ ref('dim_account').include(database=false) }}
),

dim_creator as (
    select * from {{ ref('dim_creator').include(database=false) }}
),

fair_compensation as (
    select * from {{ ref('fair_compensation').include(database=false) }}
)

select
    creator_scorecard.account_id,
    creator_scorecard.platform,
    creator_scorecard.handle,
    dim_account.display_name,
    {{ profile_url('creator_scorecard') }} as profile_url,
    dim_account.country,
    dim_account.is_bot,
    dim_account.is_verified,
    creator_scorecard.creator_id,
    dim_creator.shown_name as creator_name,
    dim_creator.niches,
    creator_scorecard.tier,
    creator_scorecard.followers,
    creator_scorecard.following,
    creator_scorecard.posts_measured,
    creator_scorecard.er_followers_pooled,
    creator_scorecard.er_followers_median,
    creator_scorecard.er_followers_shrunk,
    creator_scorecard.er_percentile,
    creator_scorecard.peers,
    creator_scorecard.er_views_pooled,
    creator_scorecard.followers_growth_30d,
    creator_scorecard.posts_90d,
    creator_scorecard.posts_per_week,
    creator_scorecard.paid_posts_90d,
    creator_scorecard.paid_posts_share,
    creator_scorecard.follower_jump_z,
    creator_scorecard.follower_jump_days,
    creator_scorecard.likes_per_comment,
    creator_scorecard.likes_per_comment_posts,
    creator_scorecard.following_per_follower,
    creator_scorecard.engagement_variation,
    creator_scorecard.authenticity_score,
    creator_scorecard.authenticity_penalties,
    creator_scorecard.is_suspicious,
    creator_scorecard.top_hashtags,
    fair_compensation.expected_engagements,
    fair_compensation.peer_level,
    fair_compensation.suggested_low,
    fair_compensation.suggested_mid,
    fair_compensation.suggested_high,
    fair_compensation.actual_cost_per_post,
    fair_compensation.position
from creator_scorecard
inner join dim_account on creator_scorecard.account_id = dim_account.account_id
left join dim_creator on creator_scorecard.creator_id = dim_creator.creator_id
left join fair_compensation on creator_scorecard.account_id = fair_compensation.account_id
