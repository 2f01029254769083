{#- The month of a day in words: May 2026. Spark has date_format, with patterns of its own. -#}
{% macro month_text(day) -%}
    {{ return(adapter.dispatch('month_text', 'reachline')(day)) }}
{%- endmacro %}

{% macro duckdb__month_text(day) -%}
    strftime({{ day }}, '%B %Y')
{%- endmacro %}

{% macro spark__month_text(day) -%}
    date_format({{ day }}, 'MMMM yyyy')
{%- endmacro %}
