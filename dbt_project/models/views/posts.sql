with dim_post as (
    select * from {{ ref('dim_post').include(database=false) }}
),

dim_account as (
    select * from {{ ref('dim_account').include(database=false) }}
),

dim_creator as (
    select * from {{ ref('dim_creator').include(database=false) }}
),

collaboration_performance as (
    select * from {{ ref('collaboration_performance').include(database=false) }}
),

dim_campaign as (
    select * from {{ ref('dim_campaign').include(database=false) }}
),

dim_brand as (
    select * from {{ ref('dim_brand').include(database=false) }}
),

fct_post_latest as (
    select * from {{ ref('fct_post_latest').include(database=false) }}
),

fct_post_at_age as (
    select * from {{ ref('fct_post_at_age').include(database=false) }}
),

post_performance as (
    select * from {{ ref('post_performance').include(database=false) }}
),

collaborations as (
    select
        collaboration_id,
        campaign_id,
        creator_id
    from collaboration_performance
    where is_default_method
),

week_old as (
    select * from fct_post_at_age
    where age_days = 7
)

select
    dim_post.post_id,
    dim_post.platform,
    dim_post.content_type,
    dim_post.published_at,
    dim_post.published_on,
    dim_post.permalink,
    dim_post.text,
    dim_post.language,
    dim_post.hashtags,
    dim_post.mentions,
    dim_post.is_paid_label,
    post_performance.disclosure,
    dim_post.account_id,
    dim_account.handle,
    dim_account.display_name,
    {{ profile_url('dim_account') }} as profile_url,
    dim_account.tier,
    dim_account.followers,
    dim_account.creator_id,
    dim_creator.shown_name as creator_name,
    dim_post.collaboration_id,
    collaborations.campaign_id,
    dim_campaign.campaign_name,
    dim_campaign.brand_id,
    dim_brand.brand_name,
    fct_post_latest.measured_on,
    fct_post_latest.likes,
    fct_post_latest.comments,
    fct_post_latest.shares,
    fct_post_latest.saves,
    fct_post_latest.views,
    fct_post_latest.reach,
    fct_post_latest.impressions,
    fct_post_latest.engagements,
    week_old.likes as likes_7d,
    week_old.comments as comments_7d,
    week_old.shares as shares_7d,
    week_old.saves as saves_7d,
    week_old.views as views_7d,
    week_old.reach as reach_7d,
    week_old.impressions as impressions_7d,
    week_old.engagements as engagements_7d,
    week_old.engagements_public as engagements_public_7d,
    week_old.is_complete as is_complete_7d,
    week_old.followers_at_post,
    week_old.er_followers as er_followers_7d,
    week_old.er_views as er_views_7d,
    week_old.er_reach as er_reach_7d,
    week_old.organic_views as organic_views_7d,
    week_old.organic_reach as organic_reach_7d
from dim_post
left join dim_account on dim_post.account_id = dim_account.account_id
left join dim_creator on dim_account.creator_id = dim_creator.creator_id
left join collaborations on dim_post.collaboration_id = collaborations.collaboration_id
left join dim_campaign on collaborations.campaign_id = dim_campaign.campaign_id
left join dim_brand on dim_campaign.brand_id = dim_brand.brand_id
left join post_performance on dim_post.post_id = post_performance.post_id
left join fct_post_latest on dim_post.post_id = fct_post_latest.post_id
left join week_old on dim_post.post_id = week_old.post_id
