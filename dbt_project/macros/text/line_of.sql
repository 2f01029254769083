{#- On which line of a text the character at `place` (from 1) stands, counted from 1. -#}
{% macro line_of(x, place) -%}
    1 + cardinality(regexp_extract_all(
        left({{ x }}, {{ place }} - 1), '\r\n|[\n\r\x{2028}\x{2029}]'
    ))
{%- endmacro %}
