{#-
    The rows of all sources of a stream as values, with `reject_reason`: NULL for those that can be
    taken. `mapping` names the model that made a row of a record, NULL for those of files.
-#}
{% macro typed_rows(stream, relation) %}
select
    {% for column in stream.columns %}
    typed_rows."{{ column.name }}",
    {% endfor %}
    typed_rows.is_deleted,
    typed_rows.source,
    typed_rows.batch_id,
    typed_rows.landing_sequence,
    typed_rows.line,
    typed_rows.source_lines,
    typed_rows.absent_columns,
    typed_rows.mapping,
    coalesce(typed_rows.row_reject, typed_rows.reject_reason) as reject_reason
from ({{ typed_select(
            stream, relation, [
                'source', 'batch_id', 'landing_sequence', 'line', 'source_lines', 'absent_columns',
                'row_reject', 'mapping',
            ]
        ) }}) as typed_rows
{%- endmacro %}
