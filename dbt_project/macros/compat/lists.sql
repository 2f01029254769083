{#- The elements of a list that are not NULL in one text, a separator between. Spark says array_join. -#}
{% macro elements_joined(a, separator) -%}
    {{ return(adapter.dispatch('elements_joined', 'reachline')(a, separator)) }}
{%- endmacro %}

{% macro duckdb__elements_joined(a, separator) -%}
    array_to_string({{ a }}, {{ separator }})
{%- endmacro %}

{% macro spark__elements_joined(a, separator) -%}
    array_join({{ a }}, {{ separator }})
{%- endmacro %}

{#- The elements of two lists; one that is NULL has none. Spark's concat is NULL where one is. -#}
{% macro lists_joined(a, b) -%}
    {{ return(adapter.dispatch('lists_joined', 'reachline')(a, b)) }}
{%- endmacro %}

{% macro duckdb__lists_joined(a, b) -%}
    list_concat({{ a }}, {{ b }})
{%- endmacro %}

{% macro spark__lists_joined(a, b) -%}
    coalesce(concat({{ a }}, {{ b }}), {{ a }}, {{ b }}, array())
{%- endmacro %}
