{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__paid_posts', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_posts') }}
),

int_posts__fold_versions as (
    select * from {{ ref('int_posts__fold_versions') }}
),

int_posts__find_accounts as (
    select * from {{ ref('int_posts__find_accounts') }}
),

int_posts__find_collaborations as (
    select * from {{ ref('int_posts__find_collaborations') }}
),

int_posts__detect_languages as (
    select * from {{ ref('int_posts__detect_languages') }}
)

select
    posts.post_id,
    posts.platform,
    accounts.account_id,
    posts.published_at,
    posts.content_type,
    posts.text,
    posts.permalink,
    coalesce(posts.language, detected.language) as language,
    posts.hashtags,
    posts.mentions,
    posts.found_by,
    posts.is_paid_label,
    collaborations.collaboration_id,
    posts.published_on,
    posts.batch_id,
    case
        when posts.language is not null then false
        when detected.language is not null then true
    end as is_language_detected,
    posts.is_repost,
    posts.deleted_on,
    posts.authors,
    posts.media_url
from int_posts__fold_versions as posts
left join int_posts__find_accounts as accounts on posts.post_id = accounts.post_id
left join int_posts__find_collaborations as collaborations on posts.post_id = collaborations.post_id
left join int_posts__detect_languages as detected on posts.post_id = detected.post_id
{% if is_incremental() %}
    where posts.post_id in (select touched.post_id from touched)
{% endif %}
