{#- The host of a URL in lower case, without user and port; NULL where there is none. -#}
{% macro url_host(x) -%}
    {%- set host = regex_part(
        x, "'^\\s*(?:[A-Za-z][A-Za-z0-9+.\\-]*://)?(?:[^/?#@]*@)?([\\p{L}\\p{M}\\p{Nd}._\\-]+)'", 1
    ) -%}
    nullif(trim(trailing '.' from {{ lowered(host) }}), '')
{%- endmacro %}
