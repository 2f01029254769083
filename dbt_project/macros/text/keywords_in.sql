{#-
    Which of the brands' keywords a text holds as words of their own (place_of_term): a list of
    folded keywords. `x` is folded by fold_text.
-#}
{% macro keywords_in(x) %}
    {% set keyword = fold_text('keyword') %}
    {% set keywords = json_rows(
        "select distinct to_json({'term': " ~ keyword ~ ", 'pattern': " ~ term_pattern(keyword)
        ~ "}) as found from work.config.brand_keywords order by found"
    ) if execute else [] %}
    {% set sql %}
list_filter(
    [
        {% for row in keywords %}
        case
            when {{ place_of_term(x, literal(row.term), literal(row.pattern)) }} is not null
                then {{ literal(row.term) }}
        end,
        {% endfor %}
        cast(null as varchar)
    ],
    lambda folded_keyword: folded_keyword is not null
)
    {% endset %}
    {{ return(sql) }}
{% endmacro %}
