{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__paid_posts', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__paid_posts') }}
),

bridge_post_collaborations as (
    select * from {{ ref('bridge_post_collaborations') }}
)

select
    post_id,
    collaboration_id
from bridge_post_collaborations
where
    is_primary
{% if is_incremental() %}
        and post_id in (select touched.post_id from touched)
    {% endif %}
