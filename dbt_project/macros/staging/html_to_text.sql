{#-
    The text of simple HTML, as servers give posts and profiles: paragraphs and line breaks become
    line ends, other tags go, entities become what they stand for.
-#}
{% macro html_to_text(x) -%}
    {%- set without_tags -%}
        regexp_replace(
            regexp_replace({{ x }}, '(?i)<br[^>]*>|</p>\s*<p[^>]*>', e'\n', 'g'), '<[^>]*>', '', 'g'
        )
    {%- endset -%}
    {{ unescaped(without_tags) }}
{%- endmacro %}
