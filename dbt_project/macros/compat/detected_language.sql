{#-
    The language of a text as a code of ISO 639, NULL where its share of probability is below
    `min_confidence`. reachline.warehouse.functions registers the function with the engine; it takes
    some 60 µs a text, so give it each text once. In Spark whoever opens the session registers it.
-#}
{% macro detected_language(x, min_confidence) -%}
    {{ return(adapter.dispatch('detected_language', 'reachline')(x, min_confidence)) }}
{%- endmacro %}

{% macro duckdb__detected_language(x, min_confidence) -%}
    nullif(detect_language({{ x }}, {{ min_confidence }}), '')
{%- endmacro %}

{% macro spark__detected_language(x, min_confidence) -%}
    nullif(detect_language({{ x }}, {{ min_confidence }}), '')
{%- endmacro %}
