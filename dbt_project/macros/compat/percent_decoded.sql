{#-
    A text with its percent-encoding undone; one that does not decode to UTF-8 stays as it is. Spark's
    url_decode makes spaces of + too, and it has no try() around an expression.
-#}
{% macro percent_decoded(x) -%}
    {{ return(adapter.dispatch('percent_decoded', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__percent_decoded(x) -%}
    coalesce(try(url_decode({{ x }})), {{ x }})
{%- endmacro %}
