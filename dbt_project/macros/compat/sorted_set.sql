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

{% macro spark__sorted_set(x) -%}
    case when count({{ x }}) > 0 then array_sort(collect_set({{ x }})) end
{%- endmacro %}
