{#-
    The URLs in a text (with a scheme, or from `www.`), a list; empty where there are none. A mention
    that begins like one (@www.mara) is none.
-#}
{% macro extract_urls(x) -%}
    coalesce(
        {{ regex_parts(regex_replaced(x, "'@(?i:www)\\.'", "'@'"), "'" ~ url_pattern() ~ "'") }},
        {{ empty_list() }}
    )
{%- endmacro %}
