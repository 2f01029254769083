{#-
    The value of a column in the row whose `place` is the largest, NULL too, as an aggregate. DuckDB's
    max_by leaves out the rows where the value is NULL, Spark's does not.
-#}
{% macro value_at_last(x, place) -%}
    {{ return(adapter.dispatch('value_at_last', 'reachline')(x, place)) }}
{%- endmacro %}

{% macro duckdb__value_at_last(x, place) -%}
    arg_max_null({{ x }}, {{ place }})
{%- endmacro %}

{% macro spark__value_at_last(x, place) -%}
    max_by({{ x }}, {{ place }})
{%- endmacro %}
