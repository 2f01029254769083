{#-
    A text in lower case, each character by itself. Spark knows that Σ ends a word otherwise and makes two
    characters of İ; no other character's lower case depends on its place or is longer.
-#}
{% macro lowered(x) -%}
    {{ return(adapter.dispatch('lowered', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__lowered(x) -%}
    lower({{ x }})
{%- endmacro %}

{% macro spark__lowered(x) -%}
    lower(translate({{ x }}, 'İΣ', 'iσ'))
{%- endmacro %}
