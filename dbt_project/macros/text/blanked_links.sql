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
        when {{ regex_found(x, "'" ~ pattern ~ "'") }}
            then {{ elements_joined(each_as(
                regex_parts(x, "'(?:" ~ pattern ~ ")|(?s:.)'"),
                'piece',
                "case when length(piece) > 1 then repeat(' ', cast(length(piece) as int)) else piece end"
            ), "''") }}
        else {{ x }}
    end
{%- endmacro %}
