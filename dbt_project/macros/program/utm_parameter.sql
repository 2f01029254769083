{#-
    A query parameter of a URL as clicks and links compare it: decoded as forms are (`+` and `%20` are a
    space), trimmed and in lower case; the first one where it is repeated, NULL where it is missing or
    empty.
-#}
{% macro utm_parameter(url, name) -%}
    {%- set query = "regexp_extract(split_part(" ~ url ~ ", '#', 1), '[?](.*)$', 1)" -%}
    {%- set value = "regexp_extract(" ~ query ~ ", '(?:^|&)" ~ name ~ "=([^&]*)', 1)" -%}
    nullif({{ lowered(without_blanks(percent_decoded("replace(" ~ value ~ ", '+', ' ')"))) }}, '')
{%- endmacro %}
