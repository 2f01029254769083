{#-
    A text in Unicode's form NFC. Spark SQL has no function for it, but the library ICU that it brings has.
-#}
{% macro nfc(x) -%}
    {{ return(adapter.dispatch('nfc', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__nfc(x) -%}
    nfc_normalize({{ x }})
{%- endmacro %}

{% macro spark__nfc(x) -%}
    case when {{ x }} is not null then reflect('com.ibm.icu.text.Normalizer', 'compose', {{ x }}, false) end
{%- endmacro %}
