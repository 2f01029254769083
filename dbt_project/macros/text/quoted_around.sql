{#-
    80 characters of a text around `place`, on one line; `place` is counted from 1 in fold_text of
    the text, which may be shorter. What begins within the name of @user@host loses that half: it
    would read as an e-mail address.
-#}
{% macro quoted_around(x, place) -%}
    {%- set around -%}
        substr(
            {{ x }},
            cast(greatest(
                1,
                case
                    when {{ fold_text(x) }} = {{ lowered(x) }} then {{ place }}
                    else {{ first_place(
                        x,
                        'length_so_far',
                        'length(' ~ fold_text('left(' ~ x ~ ', length_so_far)') ~ ') >= ' ~ place
                    ) }}
                end - 30
            ) as integer),
            80
        )
    {%- endset -%}
    trim({{ regex_replaced(
        regex_replaced(around, "'^[\\p{L}\\p{Nd}_.\\-]+(@[\\p{L}\\p{Nd}\\-]+\\.)'", "'\\1'"), "'\\s+'", "' '"
    ) }})
{%- endmacro %}
