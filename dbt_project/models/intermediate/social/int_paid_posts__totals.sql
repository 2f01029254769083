{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__paid_totals', 'touched_key': ['post_id']},
) }}

-- depends_on: {{ ref('int_touched__paid_totals') }}
with paid_posts as (
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
            and post_id in (
                select touched.post_id from {{ ref('int_touched__paid_totals') }} as touched
            )
        {% endif %}
),

-- each metric at its last measured value up to D that is not NULL
last_metrics as (
    select
        post_id,
        {{ last_known('likes') }} as likes,
        {{ last_known('comments') }} as comments,
        {{ last_known('shares') }} as shares,
        {{ last_known('saves') }} as saves,
        {{ last_known('views') }} as views,
        {{ last_known('reach') }} as reach,
        {{ last_known('impressions') }} as impressions,
        {{ last_known('engagements') }} as engagements
    from {{ ref('int_snapshots__count_engagements') }}
    where post_id in (select paid_posts.post_id from paid_posts)
    group by post_id
),

actions as (
    select
        post_id,
        action,
        number
    from last_metrics
    unpivot (
        number for action in (likes, comments, shares, saves, views, reach, impressions)
    )
),

-- a row of the post's content type comes before the row of all of them
rated_actions as (
    select
        actions.post_id,
        actions.number,
        rates.value_units,
        rates.numerator,
        rates.denominator,
        row_number() over (
            partition by actions.post_id, actions.action
            order by rates.content_type = '*'
        ) as choice
    from actions
    inner join paid_posts on actions.post_id = paid_posts.post_id
    inner join {{ ref('int_emv_rates__convert') }} as rates
        on
            paid_posts.platform = rates.platform
            and actions.action = rates.action
            and rates.content_type in (paid_posts.content_type, '*')
),

amounts as (
    select
        post_id,
        {{ money_ratio(
            ['number', 'value_units', 'numerator'], ['cast(100 as hugeint)', 'denominator']
        ) }} as amount
    from rated_actions
    where choice = 1
),

-- of actions whose currency has no rate nobody knows the value, and so none of the whole
values_of_posts as (
    select
        post_id,
        case when count(*) = count(amount) then try_cast(sum(amount) as decimal(18, 4)) end as emv
    from amounts
    group by post_id
)

select
    paid_posts.post_id,
    paid_posts.collaboration_id,
    paid_posts.platform,
    paid_posts.content_type,
    paid_posts.published_on,
    last_metrics.engagements,
    last_metrics.reach,
    last_metrics.impressions,
    last_metrics.views,
    values_of_posts.emv,
    paid_posts.account_id
from paid_posts
left join last_metrics on paid_posts.post_id = last_metrics.post_id
left join values_of_posts on paid_posts.post_id = values_of_posts.post_id
