{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__snapshots', 'touched_key': ['post_id']},
) }}

-- depends_on: {{ ref('int_touched__snapshots') }}
-- each metric at its last measured value up to D that is not NULL
select
    post_id,
    {{ last_known('views') }} as views,
    {{ last_known('reach') }} as reach,
    {{ last_known('impressions') }} as impressions,
    {{ last_known('engagements') }} as engagements
from {{ ref('int_snapshots__count_engagements') }}
{% if is_incremental() %}
    where post_id in (
        select touched.post_id from {{ ref('int_touched__snapshots') }} as touched
    )
{% endif %}
group by post_id
