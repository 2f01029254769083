{#-
    A list of texts without any. Spark has neither this literal nor a VARCHAR without a length.
-#}
{% macro empty_list() -%}
    {{ return(adapter.dispatch('empty_list', 'reachline')()) }}
{%- endmacro %}

{% macro duckdb__empty_list() -%}
    cast([] as varchar[])
{%- endmacro %}

{% macro spark__empty_list() -%}
    cast(array() as array<string>)
{%- endmacro %}
