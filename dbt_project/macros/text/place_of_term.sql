{#-
    Where a term first stands in a text as words of its own, counted from 1; NULL where it does not.
    Both are folded alike (fold_text, or NFC and lower case where places must stay).

    The one rule for keywords, disclosures and forbidden terms: no letter, mark, digit or `_` right
    before or after it. Scripts that set no spaces bound nothing: a term that starts or ends with one
    may stand inside a run of letters there, and next to one every other term ends. The marks that
    choose an emoji's look are no part of a word.

    `pattern` is term_pattern(term), better a literal: one that differs by row is compiled for each
    row, which takes 2 ms with the classes of Unicode. So it is tried only where the letters stand.
-#}
{% macro place_of_term(x, term, pattern) -%}
    case
        when contains({{ x }}, {{ term }})
            then case
                when {{ regex_found(x, pattern) }}
                    then length({{ regex_part(x, pattern, 1) }}) + 1
            end
    end
{%- endmacro %}

{#- The pattern of a term, an expression; its group 1 is all that stands before the first one. -#}
{% macro term_pattern(term) -%}
    {%- set border -%}
        [^\p{L}\p{M}\p{Nd}_]|[\x{FE00}-\x{FE0F}\x{20E3}{{ unspaced_scripts() }}]
    {%- endset -%}
    (
        '^((?s:.*?)'
        || case when {{ is_bounded(term, '^', '') }} then '(?:^|{{ for_engine(border) }})' else '' end
        || ')'
        || {{ regex_replaced(term, "'([!-/:-@\\[-^`{-~])'", "'\\\\\\1'") }}
        || case when {{ is_bounded(term, '', '$') }} then '(?:$|{{ for_engine(border) }})' else '' end
    )
{%- endmacro %}

{#-
    Whether a term must not stand inside a word at its start or end: a letter, mark, digit or `_` is
    there, of a script that sets words apart by spaces and endings not without one (as Hangul does).
-#}
{% macro is_bounded(term, start, end) -%}
    (
        {{ regex_found(term, "'" ~ start ~ "[\\p{L}\\p{M}\\p{Nd}_]" ~ end ~ "'") }}
        and not {{ regex_found(term, "'" ~ start ~ '[' ~ unspaced_scripts() ~ ']' ~ end ~ "'") }}
    )
{%- endmacro %}

{#- The letters of scripts that set no spaces between words, or as Hangul endings without one. -#}
{% macro unspaced_scripts() -%}
    \p{Han}\p{Hiragana}\p{Katakana}ー\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}
{%- endmacro %}
