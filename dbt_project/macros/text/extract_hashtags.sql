{#-
    The hashtags in a text, normalised, a list with repeats; empty where there are none.

    `#`, not after a letter, digit or `_` nor inside a URL, then letters, marks, digits and `_` of
    any script with at least one that is no digit. RE2 has no look-behind, so a `#` that stands
    after one of those is taken out first; such pairs cannot overlap, and every `#` left counts. A
    mark right after the `#` belongs to it (the keycap emoji), so no hashtag begins with one.

    What is but the beginning of a hashtag that its platform lists whole, as `listed` has them,
    normalised (or NULL), is left out: no ぼっち where ぼっち・ざ・ろっく is listed.
-#}
{% macro extract_hashtags(x, listed) -%}
    {%- set shown = without_inner_signs(without_links(x)) -%}
    case
        when coalesce(not contains({{ x }}, '#'), true) then cast([] as varchar[])
        when regexp_matches(array_to_string({{ listed }}, ' '), '[^\p{L}\p{M}\p{Nd}_\s]')
            then list_transform(
                list_filter(
                    regexp_extract_all({{ shown }}, '#({{ hashtag_pattern() }}[^\s#]*)', 1),
                    lambda written_tag: len(list_filter(
                        {{ listed }},
                        lambda listed_tag: starts_with(lower(nfc_normalize(written_tag)), listed_tag)
                        and regexp_matches(listed_tag, '[^\p{L}\p{M}\p{Nd}_]')
                    )) = 0
                ),
                lambda tag: {{ normalize_hashtag("regexp_extract(tag, '^" ~ hashtag_pattern() ~ "')") }}
            )
        else list_transform(
            regexp_extract_all({{ shown }}, '#({{ hashtag_pattern() }})', 1),
            lambda tag: {{ normalize_hashtag('tag') }}
        )
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
