{#-
    A stream's live rows as a subquery: one row a key, merged between sources. Each column takes
    the newest value that is not NULL, by (landing sequence, line); the rows of a source that
    deleted the key are out.

    `keys`: a relation or CTE with the key columns; only these keys are read.
    `is_derivable`: a condition on a staged row; whether it holds for each of a key's rows is added
    under this name.
    Adds `batch_id`, the batch of the newest row by landing order, and `loaded_seq`, the last run that
    wrote any of the key's rows.

    A source has one row a key: where a night knows that a stream has one source only
    (var streams_of_one_source), nothing needs to be grouped. A row of no known place is the oldest.
-#}
{% macro merged(stream, keys=none, is_derivable=none) %}
    {% set described = context['stream_' ~ stream]() %}
    {% set has_one_source = stream in var('streams_of_one_source', []) %}
    {% set version = 'coalesce(rows.landing_sequence * 10000000000 + rows.line, 0)' %}
    {% set sql %}
(
    select
    {% for column in described.columns %}
        {% if column.name in described.key or has_one_source %}
        rows.{{ adapter.quote(column.name) }},
        {% else %}
        {{ value_at_greatest('rows.' ~ adapter.quote(column.name), version) }} as {{ adapter.quote(column.name) }},
        {% endif %}
    {% endfor %}
        {{ 'rows.batch_id' if has_one_source else value_at_greatest('rows.batch_id', version) ~ ' as batch_id' }},
    {% if is_derivable %}
        {{ is_derivable if has_one_source else 'bool_and(' ~ is_derivable ~ ')' }} as is_derivable,
    {% endif %}
        {{ 'rows.loaded_seq' if has_one_source else 'max(rows.loaded_seq) as loaded_seq' }}
    from {{ ref('stg_inbox__' ~ stream) }} as rows
    where
        not rows.is_deleted
    {% if keys %}
        and exists (
            select 1
            from {{ keys }} as wanted
            where {% for name in described.key -%}
                rows.{{ adapter.quote(name) }} = wanted.{{ adapter.quote(name) }}{{ ' and ' if not loop.last }}
            {%- endfor %}
        )
    {% endif %}
    {% if not has_one_source %}
    group by {% for name in described.key %}rows.{{ adapter.quote(name) }}{{ ', ' if not loop.last }}{% endfor %}
    {% endif %}
)
    {% endset %}
    {{ return(sql) }}
{% endmacro %}
