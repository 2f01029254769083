{#- A quantile by linear interpolation, as an aggregate. Spark says percentile. -#}
{% macro quantile(x, share) -%}
    {{ return(adapter.dispatch('quantile', 'reachline')(x, share)) }}
{%- endmacro %}

{% macro duckdb__quantile(x, share) -%}
    quantile_cont({{ x }}, {{ share }})
{%- endmacro %}

{% macro spark__quantile(x, share) -%}
    percentile({{ x }}, {{ share }})
{%- endmacro %}
