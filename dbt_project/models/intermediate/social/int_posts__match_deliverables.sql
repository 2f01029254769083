{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'deliverable_id'],
    meta={'touched': 'int_touched__paid_posts', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_posts') }}
),

posts as (
    select
        post_id,
        post_key
    from {{ ref('int_posts__list_keys') }}
    {% if is_incremental() %}
        where post_id in (select touched.post_id from touched)
    {% endif %}
),

int_deliverables__list_keys as (
    select * from {{ ref('int_deliverables__list_keys') }}
)

select distinct
    posts.post_id,
    deliverables.deliverable_id,
    deliverables.collaboration_id,
    deliverables.brand_id,
    deliverables.due_on
from posts
inner join int_deliverables__list_keys as deliverables on posts.post_key = deliverables.post_key
