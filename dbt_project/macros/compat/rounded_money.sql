{#-
    A DOUBLE as an amount of money: DECIMAL(18, 4), rounded half up; NULL where that can't hold it.
    DuckDB rounds the DOUBLE, Spark the decimal number that it is written as.
-#}
{% macro rounded_money(x) -%}
    {{ return(adapter.dispatch('rounded_money', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__rounded_money(x) -%}
    try_cast(round({{ x }}, 4) as decimal(18, 4))
{%- endmacro %}

{% macro spark__rounded_money(x) -%}
    try_cast(round(({{ x }}) * 10000) / 10000 as decimal(18, 4))
{%- endmacro %}
