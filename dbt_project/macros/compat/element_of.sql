{#- The element of a list at a place, from 1; NULL where the list has none there. Spark says element_at. -#}
{% macro element_of(a, place) -%}
    {{ return(adapter.dispatch('element_of', 'reachline')(a, place)) }}
{%- endmacro %}

{% macro duckdb__element_of(a, place) -%}
    list_extract({{ a }}, {{ place }})
{%- endmacro %}

{% macro spark__element_of(a, place) -%}
    get({{ a }}, cast({{ place }} - 1 as int))
{%- endmacro %}
