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
        max_by(number, observed_at) as number,
        max_by(batch_id, observed_at) as batch_id,
        max_by(is_derivable, observed_at) as is_derivable
    from measured
    group by post_id, metric
),

-- as old as the newest of what they are the sum of
engagements_at as (
    select
        post_id,
        max(observed_at) as observed_at,
        max_by(batch_id, observed_at) as batch_id
    from last_values
    where is_derivable and metric in ('likes', 'comments', 'shares', 'saves')
    group by post_id
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
        row_number() over (
            partition by all_values.post_id, all_values.metric
            order by rates.content_type = '*'
        ) as choice
    from all_values
    inner join paid_posts on all_values.post_id = paid_posts.post_id
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
        ['number', 'value_units', 'numerator'],
        ['cast(100 as ' ~ wide_integer() ~ ')', 'denominator'],
    ) }} as emv,
    batch_id
from rated
where choice = 1
