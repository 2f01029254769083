{#- A list of expressions. Spark has no literal for it. -#}
{% macro list_of(expressions) -%}
    {{ return(adapter.dispatch('list_of', 'reachline')(expressions)) }}
{%- endmacro %}

{% macro duckdb__list_of(expressions) -%}
    [{{ expressions | join(', ') }}]
{%- endmacro %}

{% macro spark__list_of(expressions) -%}
    array({{ expressions | join(', ') }})
{%- endmacro %}
