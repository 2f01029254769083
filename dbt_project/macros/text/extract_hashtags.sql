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
                    regexp_replace({{ without_links(x) }}, '([\p{L}\p{Nd}_])#', '\1 ', 'g'),
                    '#((?:[\p{L}_]|\p{Nd}+[\p{L}\p{M}_])[\p{L}\p{M}\p{Nd}_]*)',
                    1
                ),
                lambda tag: {{ normalize_hashtag('tag') }}
            )
        else cast([] as varchar[])
    end
{%- endmacro %}
