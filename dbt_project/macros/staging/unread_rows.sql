{#- What a mapping of records gives, with the source's name, and which of the stream's columns it lacks. -#}
{% macro mapped_rows(source_name, mapping, stream) %}
    select
        mapped.*,
        '{{ source_name }}' as source,
        (
            select
                nullif(
                    list_filter(
                        [{% for column in stream.columns %}'{{ column.name }}'{{ ', ' if not loop.last }}{% endfor %}],
                        lambda name: not list_contains(list(described.column_name), name)
                    ),
                    []
                )
            from (describe {{ mapping }}) as described
        ) as absent_columns
    from {{ mapping }} as mapped
{%- endmacro %}

{#- The rows of all sources of a stream as values, with `reject_reason`: NULL for those that can be taken. -#}
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
    coalesce(typed_rows.row_reject, typed_rows.reject_reason) as reject_reason
from ({{ typed_select(
            stream, relation,
            ['source', 'batch_id', 'landing_sequence', 'line', 'source_lines', 'absent_columns', 'row_reject']
        ) }}) as typed_rows
{%- endmacro %}
