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
    group by posts.post_id, posts.age_days
)

select
    last_in_window.post_id,
    cast(last_in_window.age_days as integer) as age_days,
    snapshots.likes,
    snapshots.comments,
    snapshots.shares,
    snapshots.saves,
    snapshots.views,
    snapshots.reach,
    snapshots.impressions,
    snapshots.engagements,
    snapshots.engagements_public,
    snapshots.engagements_public is not null as is_complete,
    followers.followers_at_post,
    {{ safe_divide('snapshots.engagements_public', 'followers.followers_at_post') }}
        as er_followers,
    {{ safe_divide('snapshots.engagements_public', 'snapshots.views') }} as er_views,
    {{ safe_divide('snapshots.engagements_public', 'snapshots.reach') }} as er_reach,
    last_in_window.observed_at,
    snapshots.batch_id
from last_in_window
inner join snapshots
    on
        last_in_window.post_id = snapshots.post_id
        and last_in_window.observed_at = snapshots.observed_at
left join int_posts__count_followers as followers on last_in_window.post_id = followers.post_id
