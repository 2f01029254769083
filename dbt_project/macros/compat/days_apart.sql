{#-
    How many days after a date another one is; below 0 before it. In Spark the difference of two dates is
    an interval.
-#}
{% macro days_apart(first_day, last_day) -%}
    {{ return(adapter.dispatch('days_apart', 'reachline')(first_day, last_day)) }}
{%- endmacro %}

{% macro duckdb__days_apart(first_day, last_day) -%}
    ({{ last_day }} - {{ first_day }})
{%- endmacro %}

{% macro spark__days_apart(first_day, last_day) -%}
    cast(date_diff({{ last_day }}, {{ first_day }}) as bigint)
{%- endmacro %}
