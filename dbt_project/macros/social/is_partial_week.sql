{#- Whether days of a week, given by its Monday, are still to come at D. -#}
{% macro is_partial_week(week) -%}
    {{ week }} + 6 > {{ as_of_date() }}
{%- endmacro %}
