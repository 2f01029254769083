{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='hashtag',
    meta={'touched': 'int_touched__hashtags', 'touched_key': ['hashtag']},
) }}

-- a post has one platform and one day, so the days add up
with touched as (
    select * from {{ ref('int_touched__hashtags') }}
),

fct_hashtag_daily as (
    select * from {{ ref('fct_hashtag_daily') }}
)

select
    hashtag,
    min(date_day) as first_seen_on,
    cast(sum(posts) as bigint) as posts
from fct_hashtag_daily
{% if is_incremental() %}
    where hashtag in (select touched.hashtag from touched)
{% endif %}
group by hashtag
