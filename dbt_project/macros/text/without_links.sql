{#- A text without its URLs and e-mail addresses: what stands in those is no hashtag and no mention. -#}
{% macro without_links(x) -%}
    regexp_replace({{ without_urls(x) }}, '{{ email_tokens() }}', '\2 ', 'g')
{%- endmacro %}

{#- A text without its URLs. -#}
{% macro without_urls(x) -%}
    regexp_replace({{ x }}, '{{ url_pattern() }}', ' ', 'g')
{%- endmacro %}
