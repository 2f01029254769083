{#- The host of a URL in lower case, without user and port; NULL where there is none. -#}
{% macro url_host(x) -%}
    nullif(rtrim(lower(regexp_extract(
        {{ x }}, '^\s*(?:[A-Za-z][A-Za-z0-9+.\-]*://)?(?:[^/?#@]*@)?([\p{L}\p{M}\p{Nd}._\-]+)', 1
    )), '.'), '')
{%- endmacro %}
