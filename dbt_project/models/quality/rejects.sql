{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['stream', 'batch_id', 'line'],
    meta={'touched': 'int_touched__rejects', 'touched_key': ['batch_id']},
) }}

-- depends_on: {{ ref('int_touched__rejects') }}
select
    quarantine.stream,
    quarantine.batch_id,
    quarantine.line,
    quarantine.source,
    batches.logical_date,
    quarantine.file_name,
    quarantine.column_name,
    {{ mask_personal_data('quarantine.reason') }} as reason,
    {{ mask_personal_data('quarantine.raw') }} as raw  -- noqa: RF04
from {{ source('staging_ops', 'quarantine') }} as quarantine
inner join {{ source('landing', 'batches') }} as batches
    on quarantine.batch_id = batches.batch_id
{% if is_incremental() %}
    where quarantine.batch_id in (
        select touched.batch_id from {{ ref('int_touched__rejects') }} as touched
    )
{% endif %}
