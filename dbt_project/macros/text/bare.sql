{#- What is left of a name without its punctuation and spaces: letters, marks and digits. -#}
{% macro bare(name) -%}
    regexp_replace({{ name }}, '[^\p{L}\p{M}\p{Nd}]', '', 'g')
{%- endmacro %}

{% macro digits_of(name) -%}
    regexp_replace({{ name }}, '[^\p{Nd}]', '', 'g')
{%- endmacro %}
