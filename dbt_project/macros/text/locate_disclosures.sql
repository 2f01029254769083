{#-
    Where the words of config/disclosure.csv (its hashtags aside) first stand in a text as words of
    their own (place_of_term): a list of structs (token, position counted from 1). `x` is in NFC and
    lower case.
-#}
{% macro locate_disclosures(x) %}
    {% set tokens = json_rows(
        "select distinct to_json({'term': token, 'pattern': " ~ term_pattern('token')
        ~ "}) as found from work.config.disclosure where not is_hashtag order by found"
    ) if execute else [] %}
    {% set sql %}
list_filter(
    [
        {% for row in tokens %}
        struct_pack(
            token := {{ literal(row.term) }},
            position := {{ place_of_term(x, literal(row.term), literal(row.pattern)) }}
        ),
        {% endfor %}
        cast(null as struct(token varchar, position bigint))
    ],
    lambda found: struct_extract(found, 'position') is not null
)
    {% endset %}
    {{ return(sql) }}
{% endmacro %}
