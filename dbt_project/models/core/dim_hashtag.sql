{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='hashtag',
    meta={'touched': 'int_touched__hashtags', 'touched_key': ['hashtag']},
) }}

-- depends_on: {{ ref('int_touched__hashtags') }}
-- a post has one platform and one day, so the days add up
-- columns stand in the contract's order
select  -- noqa: ST06
    hashtag,
    min(date_day) as first_seen_on,
    cast(sum(posts) as bigint) as posts
from {{ ref('fct_hashtag_daily') }}
{% if is_incremental() %}
    where hashtag in (
        select touched.hashtag from {{ ref('int_touched__hashtags') }} as touched
    )
{% endif %}
group by hashtag
