{#- SHA-256 of a text's UTF-8 bytes, in lower-case hexadecimal. Spark says sha2. -#}
{% macro sha256_text(x) -%}
    {{ return(adapter.dispatch('sha256_text', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__sha256_text(x) -%}
    sha256({{ x }})
{%- endmacro %}

{% macro spark__sha256_text(x) -%}
    sha2({{ x }}, 256)
{%- endmacro %}
