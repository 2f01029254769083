{#- Columns as one JSON object, by name; none of them NULL. Spark has no literal of a struct. -#}
{% macro json_object(columns) -%}
    {{ return(adapter.dispatch('json_object', 'reachline')(columns)) }}
{%- endmacro %}

{% macro duckdb__json_object(columns) -%}
    to_json({ {%- for name, value in columns.items() %}'{{ name }}': {{ value }}{{ ', ' if not loop.last }}{% endfor -%} })
{%- endmacro %}

{% macro spark__json_object(columns) -%}
    to_json(named_struct(
        {%- for name, value in columns.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor -%}
    ))
{%- endmacro %}
