{#-
    Which of the brands' keywords a text holds, not inside a word: no letter, mark, digit or `_`
    right before or after it. A list of folded keywords; `x` is folded by fold_text.

    Each keyword stands in the statement as a literal pattern: a pattern that differs by row is
    compiled for each row, which takes 2 ms with the classes of Unicode.
-#}
{% macro keywords_in(x) %}
    {% set keywords = json_rows(
        "select distinct to_json({'keyword': " ~ fold_text('keyword') ~ "}) as found"
        ~ " from work.config.brand_keywords order by found"
    ) if execute else [] %}
    {% set sql %}
list_filter(
    [
        {% for row in keywords %}
        case
            when
                contains({{ x }}, {{ literal(row.keyword) }})
                and regexp_matches({{ x }}, {{ literal(word_pattern(row.keyword)) }})
                then {{ literal(row.keyword) }}
        end,
        {% endfor %}
        cast(null as varchar)
    ],
    lambda keyword: keyword is not null
)
    {% endset %}
    {{ return(sql) }}
{% endmacro %}

{#- The pattern of a keyword as a word of its own. -#}
{% macro word_pattern(keyword) %}
    {{ return(
        '(?:^|[^\\p{L}\\p{M}\\p{Nd}_])' ~ modules.re.escape(keyword) ~ '(?:$|[^\\p{L}\\p{M}\\p{Nd}_])'
    ) }}
{% endmacro %}
