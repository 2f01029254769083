{#-
    A DOUBLE rounded half away from zero to a number of decimals. Spark rounds the decimal number that a DOUBLE is
    written as, DuckDB the DOUBLE times a power of ten.
-#}
{% macro rounded(x, decimals) -%}
    {{ return(adapter.dispatch('rounded', 'reachline')(x, decimals)) }}
{%- endmacro %}

{% macro duckdb__rounded(x, decimals) -%}
    round({{ x }}, {{ decimals }})
{%- endmacro %}

{% macro spark__rounded(x, decimals) -%}
    (round(({{ x }}) * 1e{{ decimals }}) / 1e{{ decimals }})
{%- endmacro %}
