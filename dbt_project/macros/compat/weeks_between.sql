{#- The Mondays from one to another, both inclusive, as a list of dates. -#}
{% macro weeks_between(first_week, last_week) -%}
    {{ return(adapter.dispatch('weeks_between', 'reachline')(first_week, last_week)) }}
{%- endmacro %}

{% macro duckdb__weeks_between(first_week, last_week) -%}
    cast(generate_series({{ first_week }}, {{ last_week }}, interval 7 day) as date[])
{%- endmacro %}
