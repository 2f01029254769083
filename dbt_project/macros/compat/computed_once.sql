{#-
    Between `as` and the bracket of a CTE that is read more than once: its rows are computed once. The
    engine would else plan it, and all below it, once for each reader. Spark has no such word.
-#}
{% macro computed_once() -%}
    {{ return(adapter.dispatch('computed_once', 'reachline')()) }}
{%- endmacro %}

{% macro duckdb__computed_once() -%}
    materialized
{%- endmacro %}

{% macro spark__computed_once() -%}
{%- endmacro %}
