{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'date_day'],
    meta={'touched': 'int_touched__post_days', 'touched_key': ['post_id', 'date_day']},
) }}

with touched as (
    select * from {{ ref('int_touched__post_days') }}
),

int_snapshots__count_engagements as (
    select * from {{ ref('int_snapshots__count_engagements') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

{% if is_incremental() %}
    built as (
        select
            post_id,
            date_day,
            engagements
        from {{ this }}
    ),
{% endif %}

snapshots as (
    select snapshots.*
    from int_snapshots__count_engagements as snapshots
    {% if is_incremental() %}
        inner join touched
            on snapshots.post_id = touched.post_id and snapshots.date_day = touched.date_day
    {% endif %}
    where snapshots.is_paid_part_only is not true
),

-- a snapshot that lacks a metric does not take back what an earlier one of its day had
last_of_day as (
    select
        post_id,
        date_day,
        {{ last_known_metrics() }},
        bool_and(is_derivable) as is_derivable,
        max(observed_at) as observed_at,
        {{ value_at_greatest('batch_id', 'observed_at') }} as batch_id
    from snapshots
    group by post_id, date_day
),

days as (
    select
        last_of_day.*,
        posts.published_at,
        case when last_of_day.is_derivable then {{ engagements() }} end as engagements
    from last_of_day
    inner join int_posts__fold_versions as posts on last_of_day.post_id = posts.post_id
),

{% if is_incremental() %}
    rows_before as (
        select
            days.post_id,
            max(built.date_day) as date_day,
            {{ value_at_last('built.engagements', 'built.date_day') }} as engagements
        from days
        inner join built on days.post_id = built.post_id and days.date_day > built.date_day
        left join touched
            on built.post_id = touched.post_id and built.date_day = touched.date_day
        where touched.post_id is null
        group by days.post_id, days.date_day
    ),
{% endif %}

-- of the rows that stand, the last one before each of these days
days_before as (
    {% if is_incremental() %}
        select distinct
            post_id,
            date_day,
            engagements
        from rows_before
    {% else %}
        select
            post_id,
            date_day,
            engagements
        from days
        where false
    {% endif %}
),

in_time as (
    select
        post_id,
        date_day,
        engagements
    from days
    union all
    select
        post_id,
        date_day,
        engagements
    from days_before
),

changes as (
    select
        post_id,
        date_day,
        engagements - lag(engagements) over (
            partition by post_id order by date_day nulls last
        ) as engagements_change
    from in_time
)

select
    days.post_id,
    days.date_day,
    days.likes,
    days.comments,
    days.shares,
    days.saves,
    days.views,
    days.reach,
    days.impressions,
    days.engagements,
    changes.engagements_change,
    {{ whole_days_between('days.published_at', 'days.observed_at') }} as age_days,
    days.is_derivable,
    days.batch_id
from days
inner join changes on days.post_id = changes.post_id and days.date_day = changes.date_day
