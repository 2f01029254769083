{#-
    How many signs have to be put in, taken out or changed to make one text of another. DuckDB
    counts bytes, so a letter outside of ASCII may count as several, where Spark's levenshtein counts letters.
-#}
{% macro edits_between(one, other) -%}
    {{ return(adapter.dispatch('edits_between', 'reachline')(one, other)) }}
{%- endmacro %}

{% macro duckdb__edits_between(one, other) -%}
    levenshtein({{ one }}, {{ other }})
{%- endmacro %}

{#- each byte as a letter of Latin-1: bytes are counted here, too -#}
{% macro spark__edits_between(one, other) -%}
    cast(levenshtein(
        decode(encode({{ one }}, 'UTF-8'), 'ISO-8859-1'), decode(encode({{ other }}, 'UTF-8'), 'ISO-8859-1')
    ) as bigint)
{%- endmacro %}
