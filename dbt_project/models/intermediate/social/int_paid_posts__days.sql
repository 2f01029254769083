{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'date_day'],
    meta={'touched': 'int_touched__paid_totals', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_totals') }}
),

paid_posts as (
    select post_id
    from {{ ref('int_paid_posts__totals') }}
    {% if is_incremental() %}
        where post_id in (select touched.post_id from touched)
    {% endif %}
),

fct_post_daily as (
    select * from {{ ref('fct_post_daily') }}
)

select
    built.post_id,
    built.date_day,
    built.engagements_change
from fct_post_daily as built
inner join paid_posts on built.post_id = paid_posts.post_id
