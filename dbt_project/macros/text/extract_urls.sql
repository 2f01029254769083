{#- The URLs in a text (with a scheme, or from `www.`), a list; empty where there are none. -#}
{% macro extract_urls(x) -%}
    coalesce(regexp_extract_all({{ x }}, '{{ url_pattern() }}'), cast([] as varchar[]))
{%- endmacro %}
