{#- A text as a value in the query of a URL. Spark's url_encode makes + of a space. -#}
{% macro percent_encoded(x) -%}
    {{ return(adapter.dispatch('percent_encoded', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__percent_encoded(x) -%}
    url_encode({{ x }})
{%- endmacro %}

{% macro spark__percent_encoded(x) -%}
    replace(replace(replace(url_encode({{ x }}), '+', '%20'), '*', '%2A'), '%7E', '~')
{%- endmacro %}
