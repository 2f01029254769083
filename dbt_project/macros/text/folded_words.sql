{#- A text for comparison without case, in NFC, with one form of the apostrophe: places stay. -#}
{% macro folded_words(x) -%}
    replace({{ lowered(nfc(x)) }}, '’', '''')
{%- endmacro %}
