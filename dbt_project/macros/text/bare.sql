{#- What is left of a name without its punctuation and spaces: letters, marks and digits. -#}
{% macro bare(name) -%}
    {{ regex_replaced(name, "'[^\\p{L}\\p{M}\\p{Nd}]'") }}
{%- endmacro %}

{% macro digits_of(name) -%}
    {{ regex_replaced(name, "'[^\\p{Nd}]'") }}
{%- endmacro %}
