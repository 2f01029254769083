{#-
    A text without its URLs and e-mail addresses: what stands in those is no hashtag and no mention.
    A mention may begin like a URL (@www.mara), and stays.
-#}
{% macro without_links(x) -%}
    regexp_replace(
        regexp_replace({{ x }}, '(@(?i:www)\.)|{{ url_pattern() }}', '\1', 'g'),
        '{{ email_tokens() }}',
        '\2',
        'g'
    )
{%- endmacro %}
