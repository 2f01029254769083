{#-
    How many signs have to be put in, taken out or changed to make one text of another. DuckDB
    counts bytes, so a letter outside of ASCII may count as several; Spark's levenshtein counts letters.
-#}
{% macro edits_between(one, other) -%}
    {{ return(adapter.dispatch('edits_between', 'reachline')(one, other)) }}
{%- endmacro %}

{% macro duckdb__edits_between(one, other) -%}
    levenshtein({{ one }}, {{ other }})
{%- endmacro %}
