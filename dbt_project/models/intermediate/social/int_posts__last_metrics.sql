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
    max_by(views, observed_at) filter (where views is not null) as views,
    max_by(reach, observed_at) filter (where reach is not null) as reach,
    max_by(impressions, observed_at) filter (where impressions is not null) as impressions,
    max_by(engagements, observed_at) filter (where engagements is not null) as engagements
from {{ ref('int_snapshots__count_engagements') }}
{% if is_incremental() %}
    where post_id in (
        select touched.post_id from {{ ref('int_touched__snapshots') }} as touched
    )
{% endif %}
group by post_id
