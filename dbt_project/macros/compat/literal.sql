{#- A text as an SQL literal. In Spark's a backslash begins an escape. -#}
{% macro literal(text) -%}
    {{ return(adapter.dispatch('literal', 'reachline')(text)) }}
{%- endmacro %}

{% macro duckdb__literal(text) -%}
    {{ return("'" ~ (text | replace("'", "''")) ~ "'") }}
{%- endmacro %}

{% macro spark__literal(text) -%}
    {%- set quoted = "'" ~ (text | replace("'", "''") | replace('\\', "' || chr(92) || '")) ~ "'" -%}
    {{ return('(' ~ quoted ~ ')' if '||' in quoted else quoted) }}
{%- endmacro %}
