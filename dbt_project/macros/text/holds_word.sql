{#-
    Whether a text holds a keyword, not inside a word: no letter, mark, digit or `_` right before or
    after it. `x` is folded by fold_text; keywords come folded from config. The plain search comes
    first, since a pattern that differs by row is compiled for each row.
-#}
{% macro holds_word(x, keyword) -%}
    (
        contains({{ x }}, {{ keyword }})
        and regexp_matches(
            {{ x }},
            '(?:^|[^\p{L}\p{M}\p{Nd}_])' || regexp_escape({{ keyword }}) || '(?:$|[^\p{L}\p{M}\p{Nd}_])'
        )
    )
{%- endmacro %}
