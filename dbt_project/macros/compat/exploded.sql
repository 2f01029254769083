{#-
    One row for each element of a list, in a select list; no row for an empty list or NULL. Spark says
    explode.
-#}
{% macro exploded(x) -%}
    {{ return(adapter.dispatch('exploded', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__exploded(x) -%}
    unnest({{ x }})
{%- endmacro %}

{% macro spark__exploded(x) -%}
    explode({{ x }})
{%- endmacro %}
