{#- Texts as a list literal; NULL where there are none. -#}
{% macro list_literal(texts) %}
    {% set quoted = [] %}
    {% for text in texts %}{% do quoted.append(literal(text)) %}{% endfor %}
    {{ return(list_of(quoted) if quoted else 'cast(null as ' ~ type_name('varchar[]') ~ ')') }}
{% endmacro %}

{#- The rows of a query that selects one JSON object, as dictionaries, their types kept. -#}
{% macro json_rows(sql) %}
    {% set rows = [] %}
    {% for row in run_query(sql).rows %}{% do rows.append(fromjson(row[0])) %}{% endfor %}
    {{ return(rows) }}
{% endmacro %}
