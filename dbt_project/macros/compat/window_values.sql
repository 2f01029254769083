{#- Of a window's rows the first or last value that is not NULL, before `over`. Spark says it by an argument. -#}
{% macro first_present(x) -%}
    {{ return(adapter.dispatch('first_present', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__first_present(x) -%}
    first_value({{ x }} ignore nulls)
{%- endmacro %}

{% macro spark__first_present(x) -%}
    first_value({{ x }}, true)
{%- endmacro %}

{% macro last_present(x) -%}
    {{ return(adapter.dispatch('last_present', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__last_present(x) -%}
    last_value({{ x }} ignore nulls)
{%- endmacro %}

{% macro spark__last_present(x) -%}
    last_value({{ x }}, true)
{%- endmacro %}
