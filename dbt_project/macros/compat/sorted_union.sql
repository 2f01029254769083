{#-
    The distinct elements of two lists together, in order; empty where neither has any. To DuckDB a list
    that is NULL has no elements, in Spark the whole is NULL.
-#}
{% macro sorted_union(a, b) -%}
    {{ return(adapter.dispatch('sorted_union', 'reachline')(a, b)) }}
{%- endmacro %}

{% macro duckdb__sorted_union(a, b) -%}
    list_sort(list_distinct(list_concat({{ a }}, {{ b }})))
{%- endmacro %}

{% macro spark__sorted_union(a, b) -%}
    array_sort(array_compact(array_union(
        coalesce({{ a }}, cast(array() as array<string>)), coalesce({{ b }}, cast(array() as array<string>))
    )))
{%- endmacro %}
