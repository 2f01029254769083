{#- By what a URL is told to be that of a tracking link: both UTM parameters, else NULL. -#}
{% macro link_parameters(url) -%}
    {{ utm_parameter(url, 'utm_campaign') }} || chr(1) || {{ utm_parameter(url, 'utm_content') }}
{%- endmacro %}
