{#-
    What of a text is said in a language: without links, e-mail addresses, hashtags, handles, digits
    and emoji, in NFC; NULL where fewer than 10 letters are left. Of Han, kana and Hangul, where a
    letter is a syllable or a word, 4 are enough.
-#}
{% macro spoken_words(x) -%}
    {%- set words -%}
        trim(regexp_replace(
            nfc_normalize(regexp_replace(
                {{ without_inner_signs(without_links(x)) }},
                '#{{ hashtag_pattern() }}|@[\p{L}\p{M}\p{Nd}_.@\-]+',
                ' ',
                'g'
            )),
            '(?:[^\p{L}\p{M}\p{P}]|[\x{FE00}-\x{FE0F}\x{20E3}])+',
            ' ',
            'g'
        ))
    {%- endset -%}
    case when {{ letters_of(words) }} >= 10 then {{ words }} end
{%- endmacro %}

{#- How many letters a text holds; one of Han, kana and Hangul counts as three. -#}
{% macro letters_of(x) -%}
    length(regexp_replace(
        regexp_replace({{ x }}, '([\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}])', '\1\1\1', 'g'),
        '[^\p{L}]',
        '',
        'g'
    ))
{%- endmacro %}
