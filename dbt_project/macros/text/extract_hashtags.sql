{#-
    The hashtags in a text, normalised, a list with repeats; empty where there are none.

    `#`, not after a letter, digit or `_` nor inside a URL, then letters, marks, digits and `_` of
    any script with at least one that is no digit. RE2 has no look-behind, so a `#` that stands
    after one of those is taken out first; such pairs cannot overlap, and every `#` left counts. A
    mark right after the `#` belongs to it (the keycap emoji), so no hashtag begins with one.
-#}
{% macro extract_hashtags(x) -%}
    case
        when contains({{ x }}, '#')
            then list_transform(
                regexp_extract_all(
                    {{ without_inner_signs(without_links(x)) }}, '#({{ hashtag_pattern() }})', 1
                ),
                lambda tag: {{ normalize_hashtag('tag') }}
            )
        else cast([] as varchar[])
    end
{%- endmacro %}

{#- What stands after the # of a hashtag. -#}
{% macro hashtag_pattern() -%}
    (?:[\p{L}_]|\p{Nd}+[\p{L}\p{M}_])[\p{L}\p{M}\p{Nd}_]*
{%- endmacro %}

{#- A text of the same length without each # that stands after a letter, digit or `_`. -#}
{% macro without_inner_signs(x) -%}
    regexp_replace({{ x }}, '([\p{L}\p{Nd}_])#', '\1 ', 'g')
{%- endmacro %}

{#-
    A text cut before and after each of its hashtags, by the same rule: a list of its parts, which
    together are the text. A part is a hashtag where it starts with # and is longer than that.
    Links must be out of it (blanked_links).
-#}
{% macro cut_at_hashtags(x) -%}
    regexp_extract_all({{ without_inner_signs(x) }}, '#{{ hashtag_pattern() }}|[^#]+|#')
{%- endmacro %}
