{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key='post_id',
    meta={'touched': 'int_touched__snapshots', 'touched_key': ['post_id']},
) }}

-- each metric at its last measured value up to D that is not NULL
with touched as (
    select * from {{ ref('int_touched__snapshots') }}
),

int_snapshots__count_engagements as (
    select * from {{ ref('int_snapshots__count_engagements') }}
)

select
    post_id,
    {{ last_known('views') }} as views,
    {{ last_known('reach') }} as reach,
    {{ last_known('impressions') }} as impressions,
    {{ last_known('engagements') }} as engagements
from int_snapshots__count_engagements
{% if is_incremental() %}
    where post_id in (select touched.post_id from touched)
{% endif %}
group by post_id
