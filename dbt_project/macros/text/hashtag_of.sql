{#- What a name is in a hashtag: normalised, without all that no hashtag holds. -#}
{% macro hashtag_of(x) -%}
    regexp_replace({{ normalize_hashtag(x) }}, '[^\p{L}\p{M}\p{Nd}_]', '', 'g')
{%- endmacro %}
