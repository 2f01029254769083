{#-
    A text without its URLs and e-mail addresses: what stands in those is no hashtag and no mention.
-#}
{% macro without_links(x) -%}
    {{ regex_replaced(without_urls(x), "'" ~ email_tokens() ~ "'", "'\\2'") }}
{%- endmacro %}

{#- A text without its URLs; a mention may begin like one (@www.mara), and stays. -#}
{% macro without_urls(x) -%}
    {{ regex_replaced(x, "'(@(?i:www)\\.)|" ~ url_pattern() ~ "'", "'\\1'") }}
{%- endmacro %}
