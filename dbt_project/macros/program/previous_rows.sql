{#-
    What an intermediate table held before this run rewrites it, as a subquery; no rows where it
    does not exist yet or lacks a column. `columns` maps names to types.

    A touched model needs it to find what a row belonged to before a correction moved it. It is not
    a ref(), since that table is built after the touched model.
-#}
{% macro previous_rows(table, columns) %}
    {% set names = columns.keys() | list %}
    {% set before = none %}
    {% if execute %}
        {% set before = adapter.get_relation(this.database, this.schema, table) %}
        {% if before is not none %}
            {% set held = adapter.get_columns_in_relation(before) | map(attribute='name') | list %}
            {% if names | reject('in', held) | list %}{% set before = none %}{% endif %}
        {% endif %}
    {% endif %}
    {% if before is not none %}
        {{ return('(select ' ~ names | join(', ') ~ ' from ' ~ before ~ ')') }}
    {% endif %}
    {% set empty = [] %}
    {% for name, type in columns.items() %}
        {% do empty.append('cast(null as ' ~ type_name(type) ~ ') as ' ~ name) %}
    {% endfor %}
    {{ return('(select ' ~ empty | join(', ') ~ ' where false)') }}
{% endmacro %}

{#-
    The rows that a touched model had in a run that did not finish, as a subquery over itself. That
    run may have rewritten the tables that the values before it are read from, so its rows hold
    until a run is complete. The model keeps `since_seq` beside its columns for this.
-#}
{% macro rows_of_unfinished_run(columns) -%}
    (
        select {{ columns.keys() | join(', ') }}
        from {{ previous_rows(this.identifier, dict(columns, since_seq='bigint')) }} as before
        where since_seq = {{ run_state().since_seq }}
    )
{%- endmacro %}
