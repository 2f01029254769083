{#- What a name is in a hashtag: normalised, without all that no hashtag holds. -#}
{% macro hashtag_of(x) -%}
    {{ regex_replaced(comparable_name(x), "'[^\\p{L}\\p{M}\\p{Nd}_]'") }}
{%- endmacro %}
