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
    {%- set is_beginning_of_listed -%}
        left({{ lowered(nfc('written_tag')) }}, length(listed_tag)) = listed_tag
        and {{ regex_found('listed_tag', "'[^\\p{L}\\p{M}\\p{Nd}_]'") }}
    {%- endset -%}
    case
        when coalesce(not contains({{ x }}, '#'), true) then {{ empty_list() }}
        when {{ regex_found(elements_joined(listed, "' '"), "'[^\\p{L}\\p{M}\\p{Nd}_\\s]'") }}
            then {{ each_as(
                each_where(
                    regex_parts(shown, "'#(" ~ hashtag_pattern() ~ "[^\\s#]*)'", 1),
                    'written_tag',
                    'cardinality(' ~ each_where(listed, 'listed_tag', is_beginning_of_listed) ~ ') = 0'
                ),
                'tag',
                comparable_name(regex_part('tag', "'^" ~ hashtag_pattern() ~ "'"))
            ) }}
        else {{ each_as(
            regex_parts(shown, "'#(" ~ hashtag_pattern() ~ ")'", 1), 'tag', comparable_name('tag')
        ) }}
    end
{%- endmacro %}

{#- What stands after the # of a hashtag. -#}
{% macro hashtag_pattern() -%}
    (?:[\p{L}_]|\p{Nd}+[\p{L}\p{M}_])[\p{L}\p{M}\p{Nd}_]*
{%- endmacro %}

{#- A text of the same length without each # that stands after a letter, digit or `_`. -#}
{% macro without_inner_signs(x) -%}
    {{ regex_replaced(x, "'([\\p{L}\\p{Nd}_])#'", "'\\1 '") }}
{%- endmacro %}

{#-
    A text cut before and after each of its hashtags, by the same rule: a list of its parts, which
    together are the text. A part is a hashtag where it starts with # and is longer than that.
    Links must be out of it (blanked_links).
-#}
{% macro cut_at_hashtags(x) -%}
    {{ regex_parts(without_inner_signs(x), "'#" ~ hashtag_pattern() ~ "|[^#]+|#'") }}
{%- endmacro %}
