{#-
    What of a text is said in a language: without links, e-mail addresses, hashtags, handles, digits
    and emoji, in NFC; NULL where fewer than 10 letters are left. Of Han, kana and Hangul, where a
    letter is a syllable or a word, 4 are enough.
-#}
{% macro spoken_words(x) -%}
    {%- set words -%}
        trim({{ regex_replaced(
            nfc(regex_replaced(
                without_inner_signs(without_links(x)),
                "'#" ~ hashtag_pattern() ~ "|@[\\p{L}\\p{M}\\p{Nd}_.@\\-]+'",
                "' '"
            )),
            "'(?:[^\\p{L}\\p{M}\\p{P}]|[\\x{FE00}-\\x{FE0F}\\x{20E3}])+'",
            "' '"
        ) }})
    {%- endset -%}
    case when {{ letters_of(words) }} >= 10 then {{ words }} end
{%- endmacro %}

{#- How many letters a text holds; one of Han, kana and Hangul counts as three. -#}
{% macro letters_of(x) -%}
    length({{ regex_replaced(
        regex_replaced(x, "'([\\p{Han}\\p{Hiragana}\\p{Katakana}\\p{Hangul}])'", "'\\1\\1\\1'"), "'[^\\p{L}]'"
    ) }})
{%- endmacro %}
