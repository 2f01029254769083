{#-
    The days from one to another, both inclusive, each `step_days` after the one before, as a list of
    dates. Spark says sequence.
-#}
{% macro dates_between(first_day, last_day, step_days) -%}
    {{ return(adapter.dispatch('dates_between', 'reachline')(first_day, last_day, step_days)) }}
{%- endmacro %}

{% macro duckdb__dates_between(first_day, last_day, step_days) -%}
    cast(generate_series({{ first_day }}, {{ last_day }}, interval {{ step_days }} day) as date[])
{%- endmacro %}

{% macro spark__dates_between(first_day, last_day, step_days) -%}
    case
        when {{ first_day }} <= {{ last_day }}
            then sequence({{ first_day }}, {{ last_day }}, interval {{ step_days }} day)
        when {{ first_day }} > {{ last_day }} then cast(array() as array<date>)
    end
{%- endmacro %}
