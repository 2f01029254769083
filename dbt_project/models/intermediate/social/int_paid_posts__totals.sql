{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__paid_totals', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_totals') }}
),

paid_posts as (
    select
        post_id,
        collaboration_id,
        platform,
        content_type,
        published_on,
        account_id
    from {{ ref('dim_post') }}
    where
        collaboration_id is not null
    {% if is_incremental() %}
            and post_id in (select touched.post_id from touched)
        {% endif %}
),

fct_paid_post_metrics as (
    select * from {{ ref('fct_paid_post_metrics') }}
),

-- One row a post and metric: the maximum is its value. Of actions whose currency has no rate nobody
-- knows the value, and so none of the whole.
metrics as (
    select
        post_id,
        max(number) filter (where metric = 'engagements') as engagements,
        max(number) filter (where metric = 'reach') as reach,
        max(number) filter (where metric = 'impressions') as impressions,
        max(number) filter (where metric = 'views') as views,
        max(paid_number) filter (where metric = 'engagements') as paid_engagements,
        max(paid_number) filter (where metric = 'reach') as paid_reach,
        max(paid_number) filter (where metric = 'impressions') as paid_impressions,
        max(paid_number) filter (where metric = 'views') as paid_views,
        max(observed_at) filter (where metric = 'impressions') as impressions_at,
        max(observed_at) filter (where metric = 'views') as views_at,
        case when count(emv_rate) = count(emv) then try_cast(sum(emv) as decimal(18, 4)) end as emv
    from fct_paid_post_metrics
    where post_id in (select paid_posts.post_id from paid_posts)
    group by post_id
),

-- how often a post was shown: by its views, where these were measured last
shown as (
    select
        *,
        views is not null and (impressions is null or views_at > impressions_at)
            as is_shown_by_views
    from metrics
)

select
    paid_posts.post_id,
    paid_posts.collaboration_id,
    paid_posts.platform,
    paid_posts.content_type,
    paid_posts.published_on,
    shown.engagements,
    shown.reach,
    shown.impressions,
    shown.views,
    case when shown.is_shown_by_views then shown.views else shown.impressions end as shown,
    coalesce(shown.is_shown_by_views, false) as is_shown_by_views,
    shown.emv,
    paid_posts.account_id,
    shown.paid_engagements,
    shown.paid_views,
    shown.paid_reach,
    shown.paid_impressions,
    case when shown.is_shown_by_views then shown.paid_views else shown.paid_impressions end
        as paid_shown
from paid_posts
left join shown on paid_posts.post_id = shown.post_id
