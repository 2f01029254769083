{#- A text without its URLs and e-mail addresses: what stands in those is no hashtag and no mention. -#}
{% macro without_links(x) -%}
    regexp_replace(
        regexp_replace({{ x }}, '{{ url_pattern() }}', ' ', 'g'), '{{ email_tokens() }}', '\2 ', 'g'
    )
{%- endmacro %}
