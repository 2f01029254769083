{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['stream', 'batch_id', 'line'],
    meta={'touched': 'int_touched__rejects', 'touched_key': ['batch_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__rejects') }}
),

quarantine as (
    select * from {{ source('staging_ops', 'quarantine') }}
),

batches as (
    select * from {{ source('landing', 'batches') }}
)

select
    quarantine.stream,
    quarantine.batch_id,
    quarantine.line,
    quarantine.source,
    batches.logical_date,
    {{ mask_names('quarantine.file_name') }} as file_name,
    {{ mask_names('quarantine.column_name') }} as column_name,
    {{ mask_personal_data('quarantine.reason') }} as reason,
    {{ mask_personal_data('quarantine.raw') }} as raw
from quarantine
inner join batches
    on quarantine.batch_id = batches.batch_id and quarantine.drop_reason is null
{% if is_incremental() %}
    where quarantine.batch_id in (select touched.batch_id from touched)
{% endif %}
