{#-
    A text without its URLs and e-mail addresses: what stands in those is no hashtag and no mention.
-#}
{% macro without_links(x) -%}
    regexp_replace({{ without_urls(x) }}, '{{ email_tokens() }}', '\2', 'g')
{%- endmacro %}

{#- A text without its URLs; a mention may begin like one (@www.mara), and stays. -#}
{% macro without_urls(x) -%}
    regexp_replace({{ x }}, '(@(?i:www)\.)|{{ url_pattern() }}', '\1', 'g')
{%- endmacro %}
