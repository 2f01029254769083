{#- The value of a parameter of a GA4 event, a struct with a field a type; NULL where it has none. -#}
{% macro event_param(params, name) -%}
    list_filter({{ params }}, lambda param: param.key = '{{ name }}')[1].value
{%- endmacro %}
