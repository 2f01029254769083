{#- The distinct elements of two lists together, in order; empty where neither has any. -#}
{% macro sorted_union(a, b) -%}
    list_sort(list_distinct(list_concat({{ a }}, {{ b }})))
{%- endmacro %}
