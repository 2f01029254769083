{#- The places of a list's elements, from 1 to its length, as a list. Spark says sequence. -#}
{% macro places_of(x) -%}
    {{ return(adapter.dispatch('places_of', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__places_of(x) -%}
    range(1, len({{ x }}) + 1)
{%- endmacro %}
