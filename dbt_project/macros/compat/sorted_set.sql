{#- The distinct values of a column that are not NULL, in order, as an aggregate; NULL without any. -#}
{% macro sorted_set(x) -%}
    {{ return(adapter.dispatch('sorted_set', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__sorted_set(x) -%}
    list_sort(list(distinct {{ x }}) filter (where {{ x }} is not null))
{%- endmacro %}
