{#-
    A text for comparison without case: NFC, lower case, and without the marks that only choose an
    emoji's look (variation selectors), which some write and others do not.
-#}
{% macro fold_text(x) -%}
    {{ regex_replaced(lowered(nfc(x)), "'[\\x{FE00}-\\x{FE0F}]'") }}
{%- endmacro %}
