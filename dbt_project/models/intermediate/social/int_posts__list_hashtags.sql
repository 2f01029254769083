{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'hashtag'],
    meta={'touched': 'int_touched__posts_seen', 'touched_key': ['post_id']},
) }}

-- depends_on: {{ ref('int_touched__posts_seen') }}
select
    post_id,
    {{ exploded('hashtags') }} as hashtag,
    platform,
    published_on
from {{ ref('int_posts__fold_versions') }}
{% if is_incremental() %}
    where post_id in (
        select touched.post_id from {{ ref('int_touched__posts_seen') }} as touched
    )
{% endif %}
