{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__post_days', 'touched_key': ['post_id']},
) }}

-- the one place that says what a post has at D; all else takes it from here
with touched as (
    select * from {{ ref('int_touched__post_days') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

snapshots as (
    select *
    from {{ ref('int_snapshots__count_engagements') }}
    where
        is_paid_part_only is not true
    {% if is_incremental() %}
            and post_id in (select touched.post_id from touched)
        {% endif %}
),

latest as (
    select
        post_id,
        {{ last_known_metrics() }},
        {{ last_engagements() }} as engagements,
        max(observed_at) as measured_at,
        max(date_day) as measured_on
    from snapshots
    group by post_id
)

select
    latest.post_id,
    latest.likes,
    latest.comments,
    latest.shares,
    latest.saves,
    latest.views,
    latest.reach,
    latest.impressions,
    latest.engagements,
    latest.measured_at,
    latest.measured_on
from latest
inner join int_posts__fold_versions as posts on latest.post_id = posts.post_id
