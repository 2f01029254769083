{#-
    The distinct values of a column that are not NULL, in order, as an aggregate; NULL without any.
    Spark sorts a collect_set, which is empty without any.
-#}
{% macro sorted_set(x) -%}
    {{ return(adapter.dispatch('sorted_set', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__sorted_set(x) -%}
    list_sort(list(distinct {{ x }}) filter (where {{ x }} is not null))
{%- endmacro %}
