{#-
    What stands behind the type of a text column whose values hardly repeat, where a table is made. How
    a column is stored is for DuckDB alone to say.
-#}
{% macro without_dictionary() -%}
    {{ return(adapter.dispatch('without_dictionary', 'reachline')()) }}
{%- endmacro %}

{% macro duckdb__without_dictionary() -%}
    {{ return(' using compression zstd') }}
{%- endmacro %}
