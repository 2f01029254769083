{#-
    The rows of all sources of a stream as values, with `reject_reason`: NULL for those that can be
    taken. `mapped_by` names the model that made a row of a record, NULL for those of files.
-#}
{% macro typed_rows(stream, relation) %}
select
    {{ staged_columns(stream) }},
    mapped_by,
    coalesce(typed_rows.row_reject, typed_rows.reject_reason) as reject_reason
from ({{ typed_select(
            stream, bounded_rows(relation), [
                'source', 'batch_id', 'landing_sequence', 'line', 'source_lines', 'absent_columns',
                'row_reject', 'mapped_by',
            ], 'raw.mapped_by is null'
        ) }}) as typed_rows
{%- endmacro %}

{#- Landed rows, and until when their events may be: a year after the day that their batch landed for. -#}
{% macro bounded_rows(relation) -%}
(
        select landed.*, batches.plausible_until
        from {{ relation }} as landed
        left join (
            select batch_id, logical_date + interval '1 year 1 day' as plausible_until
            from work.landing.batches
        ) as batches on landed.batch_id = batches.batch_id
    )
{%- endmacro %}

{#- The columns of a stream's table, but for the run that loaded a row. -#}
{% macro staged_columns(stream) -%}
    {%- for column in stream.columns %}
    "{{ column.name }}",
    {%- endfor %}
    is_deleted,
    source,
    batch_id,
    landing_sequence,
    line,
    source_lines,
    absent_columns
{%- endmacro %}
