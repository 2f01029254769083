{#-
    80 characters of a text around `place`, on one line; `place` is counted from 1 in fold_text of
    the text, which may be shorter.
-#}
{% macro quoted_around(x, place) -%}
    trim(regexp_replace(
        substr(
            {{ x }},
            cast(greatest(
                1,
                case
                    when {{ fold_text(x) }} = lower({{ x }}) then {{ place }}
                    else list_min(list_filter(
                        range(1, length({{ x }}) + 1),
                        lambda length_so_far: length({{ fold_text('left(' ~ x ~ ', length_so_far)') }})
                        >= {{ place }}
                    ))
                end - 30
            ) as integer),
            80
        ),
        '\s+', ' ', 'g'
    ))
{%- endmacro %}
