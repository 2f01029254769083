{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__posts_seen', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__posts_seen') }}
),

posts as (
    select
        post_id,
        {{ spoken_words('text') }} as words
    from {{ ref('int_posts__fold_versions') }}
    where
        {{ base_language('language') }} is null
        and text is not null
    {% if is_incremental() %}
            and post_id in (select touched.post_id from touched)
        {% endif %}
),

language_detector as (
    select * from {{ source('config', 'language_detector') }}
),

distinct_words as (
    select distinct words
    from posts
    where words is not null
),

detected as (
    select
        distinct_words.words,
        {{ detected_language('distinct_words.words', 'detectors.min_confidence') }} as language
    from distinct_words
    cross join language_detector as detectors
)

select
    posts.post_id,
    detected.language
from posts
inner join detected on posts.words = detected.words
