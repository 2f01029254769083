{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'post_key'],
    meta={'touched': 'int_touched__posts_seen', 'touched_key': ['post_id']},
) }}

-- what a link to a post may be known by: its own id, and what its link says. On Bluesky the link
-- may have the author's handle where the id has the DID.
with touched as (
    select * from {{ ref('int_touched__posts_seen') }}
),

posts as (
    select
        post_id,
        handle,
        {{ post_id_key('platform', 'native_post_id') }} as id_key,
        {{ url_key('link') }} as link_key
    from {{ ref('int_posts__fold_versions') }}
    where
        not is_repost
    {% if is_incremental() %}
            and post_id in (select touched.post_id from touched)
        {% endif %}
)

select
    post_id,
    id_key as post_key
from posts
where id_key is not null
union
select
    post_id,
    link_key as post_key
from posts
where link_key is not null
union
select
    post_id,
    {{ key_with_author('id_key', 'handle') }} as post_key
from posts
where handle is not null and {{ author_of_key('id_key') }} is not null
