{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__post_performance', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__post_performance') }}
),

posts as (
    select *
    from {{ ref('int_paid_posts__totals') }}
    {% if is_incremental() %}
        where post_id in (select touched.post_id from touched)
    {% endif %}
),

fct_post_at_age as (
    select * from {{ ref('fct_post_at_age') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

int_posts__grade_disclosures as (
    select * from {{ ref('int_posts__grade_disclosures') }}
),

-- one row a post and age: the maximum is its value
ages as (
    select
        post_id,
        max(engagements) filter (where age_days = 1) as engagements_1d,
        max(views) filter (where age_days = 1) as views_1d,
        max(reach) filter (where age_days = 1) as reach_1d,
        max(er_followers) filter (where age_days = 1) as er_followers_1d,
        max(er_views) filter (where age_days = 1) as er_views_1d,
        max(er_reach) filter (where age_days = 1) as er_reach_1d,
        max(engagements) filter (where age_days = 7) as engagements_7d,
        max(views) filter (where age_days = 7) as views_7d,
        max(reach) filter (where age_days = 7) as reach_7d,
        max(er_followers) filter (where age_days = 7) as er_followers_7d,
        max(er_views) filter (where age_days = 7) as er_views_7d,
        max(er_reach) filter (where age_days = 7) as er_reach_7d,
        max(engagements) filter (where age_days = 30) as engagements_30d,
        max(views) filter (where age_days = 30) as views_30d,
        max(reach) filter (where age_days = 30) as reach_30d,
        max(er_followers) filter (where age_days = 30) as er_followers_30d,
        max(er_views) filter (where age_days = 30) as er_views_30d,
        max(er_reach) filter (where age_days = 30) as er_reach_30d
    from fct_post_at_age
    where post_id in (select posts.post_id from posts)
    group by post_id
)

select
    posts.post_id,
    collaborations.campaign_id,
    posts.collaboration_id,
    posts.engagements,
    posts.views,
    posts.reach,
    posts.impressions,
    ages.engagements_1d,
    ages.views_1d,
    ages.reach_1d,
    ages.er_followers_1d,
    ages.er_views_1d,
    ages.er_reach_1d,
    ages.engagements_7d,
    ages.views_7d,
    ages.reach_7d,
    ages.er_followers_7d,
    ages.er_views_7d,
    ages.er_reach_7d,
    ages.engagements_30d,
    ages.views_30d,
    ages.reach_30d,
    ages.er_followers_30d,
    ages.er_views_30d,
    ages.er_reach_30d,
    disclosures.disclosure,
    disclosures.disclosure_token,
    disclosures.disclosure_position,
    disclosures.disclosure_rank,
    posts.emv,
    posts.account_id,
    posts.platform,
    posts.content_type,
    posts.published_on,
    posts.paid_engagements,
    posts.paid_views,
    posts.paid_reach,
    posts.paid_impressions
from posts
inner join int_collaborations__live as collaborations
    on posts.collaboration_id = collaborations.collaboration_id
inner join int_posts__grade_disclosures as disclosures on posts.post_id = disclosures.post_id
left join ages on posts.post_id = ages.post_id
