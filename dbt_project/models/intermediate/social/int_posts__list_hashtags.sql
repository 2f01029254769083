{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'hashtag'],
    meta={'touched': 'int_touched__posts_seen', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__posts_seen') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
)

select
    post_id,
    {{ exploded('hashtags') }} as hashtag,
    platform,
    published_on
from int_posts__fold_versions
where
    not is_repost
{% if is_incremental() %}
        and post_id in (select touched.post_id from touched)
    {% endif %}
