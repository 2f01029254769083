{#- A text whose `&`, `<` and `>`, and these alone, came as HTML writes them, as it was written. -#}
{% macro unescaped(x) -%}
    replace(replace(replace({{ x }}, '&lt;', '<'), '&gt;', '>'), '&amp;', '&')
{%- endmacro %}
