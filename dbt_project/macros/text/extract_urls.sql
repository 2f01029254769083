{#-
    The URLs in a text (with a scheme, or from `www.`), a list; empty where there are none. A mention
    that begins like one (@www.mara) is none.
-#}
{% macro extract_urls(x) -%}
    coalesce(
        regexp_extract_all(regexp_replace({{ x }}, '@(?i:www)\.', '@', 'g'), '{{ url_pattern() }}'),
        cast([] as varchar[])
    )
{%- endmacro %}
