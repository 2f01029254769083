{#-
    A stream's live rows as a subquery: one row a key, merged between sources. Each column takes
    the newest value that is not NULL, by (landing sequence, line); the rows of a source that
    deleted the key are out.

    `keys`: a relation or CTE with the key columns; only these keys are read.
    `is_derivable`: a condition on a staged row; whether it holds for each of a key's rows is added
    under this name.
    Adds `batch_id`, the batch of the newest row by landing order, and `loaded_seq`, the last run that
    wrote any of the key's rows.
-#}
{% macro merged(stream, keys=none, is_derivable=none) %}
    {% set staged = ref('stg_inbox__' ~ stream) %}
    {#- Neither while parsing nor in a unit test does dbt show the graph. -#}
    {% set node = graph.get('nodes', {}).get('model.reachline.stg_inbox__' ~ stream) %}
    {% if not (execute and node) %}
        {{ return(
            '(select rows.*' ~ (', ' ~ is_derivable ~ ' as is_derivable' if is_derivable)
            ~ ' from ' ~ staged ~ ' as rows where not rows.is_deleted)'
        ) }}
    {% endif %}
    {% set stream = stream_of(node) %}
    {% set sources = run_query(
        "select count(distinct source) from work.staging.batches_read where model = '" ~ node.name ~ "'"
    ).rows[0][0] %}
    {% set sql %}
(
    select
    {% for column in stream.columns %}
        {% if column.name in stream.key or sources <= 1 %}
        rows."{{ column.name }}",
        {% else %}
        max_by(rows."{{ column.name }}", rows.landing_sequence * 10000000000 + rows.line)
            as "{{ column.name }}",
        {% endif %}
    {% endfor %}
    {% if sources <= 1 %}
        rows.batch_id,
    {% else %}
        max_by(rows.batch_id, rows.landing_sequence * 10000000000 + rows.line) as batch_id,
    {% endif %}
    {% if is_derivable %}
        {{ is_derivable if sources <= 1 else 'bool_and(' ~ is_derivable ~ ')' }} as is_derivable,
    {% endif %}
        {{ 'rows.loaded_seq' if sources <= 1 else 'max(rows.loaded_seq) as loaded_seq' }}
    from {{ staged }} as rows
    where
        not rows.is_deleted
    {% if keys %}
        and exists (
            select 1
            from {{ keys }} as wanted
            where {% for name in stream.key -%}
                rows."{{ name }}" = wanted."{{ name }}"{{ ' and ' if not loop.last }}
            {%- endfor %}
        )
    {% endif %}
    {% if sources > 1 %}
    group by {% for name in stream.key %}rows."{{ name }}"{{ ', ' if not loop.last }}{% endfor %}
    {% endif %}
)
    {% endset %}
    {{ return(sql) }}
{% endmacro %}
