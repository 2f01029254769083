{#-
    A text for comparison without case: NFC, lower case, and without the marks that only choose an
    emoji's look (variation selectors, the keycap), which would count as part of the next word.
-#}
{% macro fold_text(x) -%}
    regexp_replace(lower(nfc_normalize({{ x }})), '[\x{FE00}-\x{FE0F}\x{20E3}]', '', 'g')
{%- endmacro %}
