{#- On which line of a text the character at `place` (from 1) stands, counted from 1. -#}
{% macro line_of(x, place) -%}
    1 + cardinality({{ regex_parts(
        'left(' ~ x ~ ', cast(' ~ place ~ ' - 1 as integer))', "'\\r\\n|[\\n\\r\\x{2028}\\x{2029}]'"
    ) }})
{%- endmacro %}
