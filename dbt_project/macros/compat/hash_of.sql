{#-
    A whole number of 64 bits made of some values: equal values have equal ones. Spark says xxhash64.
-#}
{% macro hash_of(values) -%}
    {{ return(adapter.dispatch('hash_of', 'reachline')(values)) }}
{%- endmacro %}

{% macro duckdb__hash_of(values) -%}
    hash({{ values | join(', ') }})
{%- endmacro %}
