{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['brand_id', 'week'],
    meta={'touched': 'int_touched__mention_weeks', 'touched_key': ['week']},
) }}

with touched as (
    select * from {{ ref('int_touched__mention_weeks') }}
),

mentions as (
    select
        brand_id,
        {{ week_of('mentioned_on') }} as week,
        post_id,
        account_id,
        relationship,
        engagements
    from {{ ref('fct_mentions') }}
    {% if is_incremental() %}
        where {{ week_of('mentioned_on') }} in (select touched.week from touched)
    {% endif %}
),

posts as (
    select
        brand_id,
        week,
        post_id,
        account_id,
        relationship,
        engagements,
        count(*) as mentions
    from mentions
    group by brand_id, week, post_id, account_id, relationship, engagements
)

select
    brand_id,
    week,
    coalesce(sum(mentions) filter (where relationship <> 'owned'), 0) as mentions,
    count(*) filter (where relationship <> 'owned') as posts,
    count(*) filter (where relationship = 'paid') as posts_paid,
    count(*) filter (where relationship = 'earned') as posts_earned,
    count(*) filter (where relationship = 'owned') as posts_owned,
    count(distinct account_id) filter (where relationship <> 'owned') as accounts,
    sum(engagements) filter (where relationship <> 'owned') as engagements
from posts
group by brand_id, week
