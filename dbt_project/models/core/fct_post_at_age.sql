{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'age_days'],
    meta={'touched': 'int_touched__post_ages', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__post_ages') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

observed_snapshots as (
    select * from {{ ref('int_snapshots__count_engagements') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__count_engagements') }}
),

paid_parts as (
    select
        post_id,
        observed_at,
        paid_likes,
        paid_comments,
        paid_views,
        paid_reach,
        paid_public
    from {{ ref('int_snapshots__count_engagements') }}
    where coalesce(paid_likes, paid_comments, paid_views, paid_reach, paid_public) is not null
),

int_posts__count_followers as (
    select * from {{ ref('int_posts__count_followers') }}
),

posts as (
    select
        posts.post_id,
        ages.age_days,
        {{ seconds_after('posts.published_at', 'ages.from_second') }} as window_from,
        {{ seconds_after('posts.published_at', 'ages.to_second') }} as window_to
    from int_posts__fold_versions as posts
    cross join {{ post_ages() }} as ages
    where
        {{ seconds_after('posts.published_at', 'ages.to_second') }} < {{ as_of_end() }}
    {% if is_incremental() %}
            and posts.post_id in (select touched.post_id from touched)
        {% endif %}
),

last_in_window as (
    select
        posts.post_id,
        posts.age_days,
        max(snapshots.observed_at) as observed_at
    from posts
    inner join observed_snapshots as snapshots
        on
            posts.post_id = snapshots.post_id
            and posts.window_from <= snapshots.observed_at
            and posts.window_to >= snapshots.observed_at
    where snapshots.is_paid_part_only is not true
    group by posts.post_id, posts.age_days
),

-- what advertising had brought by then, as it was last told
paid_until as (
    select
        last_in_window.post_id,
        last_in_window.age_days,
        paid_parts.observed_at,
        paid_parts.paid_likes,
        paid_parts.paid_comments,
        paid_parts.paid_views,
        paid_parts.paid_reach,
        paid_parts.paid_public
    from last_in_window
    inner join paid_parts
        on
            last_in_window.post_id = paid_parts.post_id
            and last_in_window.observed_at >= paid_parts.observed_at
),

paid as (
    select
        post_id,
        age_days,
        {{ last_paid('likes') }} as likes,
        {{ last_paid('comments') }} as comments,
        {{ last_paid('views') }} as views,
        {{ last_paid('reach') }} as reach,
        {{ last_paid('public') }} as engagements_public
    from paid_until
    group by post_id, age_days
),

measured as (
    select
        snapshots.*,
        last_in_window.age_days,
        {{ organic('snapshots.likes', 'paid.likes') }} as organic_likes,
        {{ organic('snapshots.comments', 'paid.comments') }} as organic_comments,
        {{ organic('snapshots.views', 'paid.views') }} as organic_views,
        {{ organic('snapshots.reach', 'paid.reach') }} as organic_reach,
        {{ organic('snapshots.engagements_public', 'paid.engagements_public') }}
            as organic_engagements
    from last_in_window
    inner join snapshots
        on
            last_in_window.post_id = snapshots.post_id
            and last_in_window.observed_at = snapshots.observed_at
    left join paid
        on last_in_window.post_id = paid.post_id and last_in_window.age_days = paid.age_days
)

select
    measured.post_id,
    cast(measured.age_days as integer) as age_days,
    measured.likes,
    measured.comments,
    measured.shares,
    measured.saves,
    measured.views,
    measured.reach,
    measured.impressions,
    measured.engagements,
    measured.organic_engagements as engagements_public,
    measured.organic_engagements is not null as is_complete,
    followers.followers_at_post,
    {{ safe_divide('measured.organic_engagements', 'followers.followers_at_post') }}
        as er_followers,
    {{ safe_divide('measured.organic_engagements', 'measured.organic_views') }} as er_views,
    {{ safe_divide('measured.organic_engagements', 'measured.organic_reach') }} as er_reach,
    measured.observed_at,
    measured.batch_id,
    measured.organic_likes,
    measured.organic_comments,
    measured.organic_views,
    measured.organic_reach
from measured
left join int_posts__count_followers as followers on measured.post_id = followers.post_id
