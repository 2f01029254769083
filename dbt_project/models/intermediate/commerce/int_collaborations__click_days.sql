{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['collaboration_id', 'clicked_on'],
    meta={'touched': 'int_touched__click_days', 'touched_key': ['clicked_on']},
) }}

with touched as (
    select * from {{ ref('int_touched__click_days') }}
),

clicks as (
    select
        collaboration_id,
        clicked_on,
        is_valid
    from {{ ref('fct_clicks') }}
    {% if is_incremental() %}
        where clicked_on in (select touched.clicked_on from touched)
    {% endif %}
)

select
    collaboration_id,
    clicked_on,
    count(*) as valid_clicks
from clicks
where is_valid and collaboration_id is not null
group by collaboration_id, clicked_on
