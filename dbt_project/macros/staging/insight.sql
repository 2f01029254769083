{#- The value of an insight of an Instagram media; NULL where there is none of that name. -#}
{% macro insight(insights, name) -%}
    list_filter({{ insights }}, lambda insight: insight.name = '{{ name }}')[1]['values'][1]['value']
{%- endmacro %}
