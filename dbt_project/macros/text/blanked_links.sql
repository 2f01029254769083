{#-
    A text in which the characters of URLs, e-mail addresses and Fediverse handles are spaces: what
    stands in those is no disclosure, and what is left stands at the place that it has in the text.
-#}
{% macro blanked_links(x) -%}
    {{ blanked_matches(blanked_matches(x, url_pattern()), email_tokens()) }}
{%- endmacro %}

{#- A text in which what a pattern matches (never a single character) is spaces, as many. -#}
{% macro blanked_matches(x, pattern) -%}
    case
        when regexp_matches({{ x }}, '{{ pattern }}')
            then array_to_string(
                list_transform(
                    regexp_extract_all({{ x }}, '(?:{{ pattern }})|(?s:.)'),
                    lambda piece: case when length(piece) > 1 then repeat(' ', length(piece)) else piece end
                ),
                ''
            )
        else {{ x }}
    end
{%- endmacro %}
