{#-
    Where the words of config/disclosure.csv (its hashtags aside) first stand in a text, in any case
    and not inside a word: a list of structs (token, position counted from 1). A token that starts or
    ends with a script that sets no spaces may stand inside a run of letters there. `x` is in NFC and
    lower case.

    Each token stands in the statement as a literal pattern, for the reason that keywords_in gives.
-#}
{% macro locate_disclosures(x) %}
    {% set tokens = json_rows(
        "select distinct to_json({'token': token, 'starts': starts_word, 'ends': ends_word}) as found"
        ~ " from work.config.disclosure where not is_hashtag order by found"
    ) if execute else [] %}
    {% set sql %}
list_filter(
    [
        {% for row in tokens %}
        case
            when
                contains({{ x }}, {{ literal(row.token) }})
                and regexp_matches({{ x }}, {{ literal(token_pattern(row)) }})
                then struct_pack(
                    token := {{ literal(row.token) }},
                    position := length(regexp_extract({{ x }}, {{ literal(token_pattern(row)) }}, 1)) + 1
                )
        end,
        {% endfor %}
        cast(null as struct(token varchar, position bigint))
    ],
    lambda found: found is not null
)
    {% endset %}
    {{ return(sql) }}
{% endmacro %}

{#-
    The pattern of a token, and as its group 1 all that stands before the first one. The marks that
    choose an emoji's look are no part of a word.
-#}
{% macro token_pattern(row) %}
    {% set border = '[^\\p{L}\\p{M}\\p{Nd}_]|[\\x{FE00}-\\x{FE0F}\\x{20E3}]' %}
    {{ return(
        '^((?s:.*?)' ~ ('(?:^|' ~ border ~ ')' if row.starts else '') ~ ')'
        ~ modules.re.escape(row.token) ~ ('(?:$|' ~ border ~ ')' if row.ends else '')
    ) }}
{% endmacro %}
