{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'metric'],
    meta={'touched': 'int_touched__paid_totals', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_totals') }}
),

paid_posts as (
    select
        post_id,
        platform,
        content_type
    from {{ ref('dim_post') }}
    where
        collaboration_id is not null
    {% if is_incremental() %}
            and post_id in (select touched.post_id from touched)
        {% endif %}
),

snapshots as (
    select
        post_id,
        observed_at,
        batch_id,
        likes,
        comments,
        shares,
        saves,
        views,
        reach,
        impressions,
        paid_likes,
        paid_comments,
        paid_shares,
        paid_saves,
        paid_views,
        paid_reach,
        paid_impressions,
        is_derivable
    from {{ ref('int_snapshots__count_engagements') }}
    where post_id in (select paid_posts.post_id from paid_posts)
),

fct_post_latest as (
    select * from {{ ref('fct_post_latest') }}
),

int_emv_rates__convert as (
    select * from {{ ref('int_emv_rates__convert') }}
),

reports_of_advertising as (
    select
        post_id,
        observed_at,
        paid_likes as likes,
        paid_comments as comments,
        paid_shares as shares,
        paid_saves as saves,
        paid_views as views,
        paid_reach as reach,
        paid_impressions as impressions
    from snapshots
),

-- what advertising brought of each, as it was last told
paid_parts as (
    select
        post_id,
        metric,
        {{ value_at_greatest('number', 'observed_at') }} as number
    from reports_of_advertising
    unpivot (
        number for metric in (
            likes, comments, shares, saves, views, reach, impressions
        )
    )
    group by post_id, metric
),

measured as (
    select
        post_id,
        metric,
        number,
        observed_at,
        batch_id,
        is_derivable
    from snapshots
    unpivot (
        number for metric in (
            likes, comments, shares, saves, views, reach, impressions
        )
    )
),

-- each metric at its last measured value up to D that is not NULL
last_values as (
    select
        post_id,
        metric,
        max(observed_at) as observed_at,
        {{ value_at_greatest('number', 'observed_at') }} as number,
        {{ value_at_greatest('batch_id', 'observed_at') }} as batch_id,
        {{ value_at_greatest('is_derivable', 'observed_at') }} as is_derivable
    from measured
    group by post_id, metric
),

-- as old as the newest of what they are the sum of
engagements_at as (
    select
        post_id,
        max(observed_at) as observed_at,
        {{ value_at_greatest('batch_id', 'observed_at') }} as batch_id
    from last_values
    where is_derivable and metric in ('likes', 'comments', 'shares', 'saves')
    group by post_id
),

-- as much of the engagements as these are made of
paid_engagements as (
    select
        paid_parts.post_id,
        sum(paid_parts.number) as number
    from paid_parts
    inner join last_values
        on paid_parts.post_id = last_values.post_id and paid_parts.metric = last_values.metric
    where
        last_values.is_derivable
        and paid_parts.metric in ('likes', 'comments', 'shares', 'saves')
    group by paid_parts.post_id
),

all_paid_parts as (
    select
        post_id,
        metric,
        number
    from paid_parts
    union all
    select
        post_id,
        'engagements' as metric,
        number
    from paid_engagements
),

all_values as (
    select
        post_id,
        metric,
        observed_at,
        number,
        batch_id,
        is_derivable
    from last_values
    union all
    select
        measured_at.post_id,
        'engagements' as metric,
        measured_at.observed_at,
        latest.engagements as number,
        measured_at.batch_id,
        true as is_derivable
    from engagements_at as measured_at
    inner join fct_post_latest as latest on measured_at.post_id = latest.post_id
),

-- a row of the post's content type comes before the row of all of them
rated as (
    select
        all_values.post_id,
        all_values.metric,
        all_values.number,
        all_values.observed_at,
        all_values.batch_id,
        rates.content_type,
        rates.value_units,
        rates.currency,
        rates.numerator,
        rates.denominator,
        paid.number as paid_number,
        {{ organic('all_values.number', 'paid.number') }} as organic_number,
        row_number() over (
            partition by all_values.post_id, all_values.metric
            order by rates.content_type = '*' nulls last
        ) as choice
    from all_values
    inner join paid_posts on all_values.post_id = paid_posts.post_id
    left join all_paid_parts as paid
        on all_values.post_id = paid.post_id and all_values.metric = paid.metric
    left join int_emv_rates__convert as rates
        on
            paid_posts.platform = rates.platform
            and all_values.metric = rates.action
            and all_values.is_derivable
            and rates.content_type in ({{ content_type_of('paid_posts.content_type') }}, '*')
)

select
    post_id,
    metric,
    number,
    observed_at,
    content_type as emv_content_type,
    cast(value_units * 0.000001 as decimal(18, 6)) as emv_rate,
    currency as emv_currency,
    {{ money_ratio(
        ['organic_number', 'value_units', 'numerator'],
        ['cast(100 as ' ~ wide_integer() ~ ')', 'denominator'],
    ) }} as emv,
    batch_id,
    cast(paid_number as bigint) as paid_number
from rated
where choice = 1
