{#-
    The brands one of whose keywords stands in a text as words of its own (place_of_term), and none of
    whose `exclude` terms does: a list of brand_ids with repeats. `x` is folded by fold_text.
-#}
{% macro brands_named_in(x) %}
    {#- told to dbt: a model that calls this is built anew where they change -#}
    {% set brand_keywords = source('config', 'brand_keywords') %}
    {% set brand_exclusions = source('config', 'brand_exclusions') %}
    {% set keyword, term = fold_text('keyword'), fold_text('term') %}
    {% set keywords = json_rows(
        "select distinct " ~ json_object({'brand_id': 'brand_id', 'term': keyword, 'pattern': term_pattern(keyword)})
        ~ " as found from " ~ brand_keywords ~ " order by found nulls last"
    ) if execute else [] %}
    {% set excluded = json_rows(
        "select distinct " ~ json_object({'brand_id': 'brand_id', 'term': term, 'pattern': term_pattern(term)})
        ~ " as found from " ~ brand_exclusions ~ " order by found nulls last"
    ) if execute else [] %}
    {% set named = ['cast(null as string)'] %}
    {% for row in keywords %}
        {% set brand %}
            case
                when {{ place_of_term(x, literal(row.term), literal(row.pattern)) }} is not null
                    {% for other in excluded if other.brand_id == row.brand_id %}
                    and {{ place_of_term(x, literal(other.term), literal(other.pattern)) }} is null
                    {% endfor %}
                    then {{ literal(row.brand_id) }}
            end
        {% endset %}
        {% do named.append(brand) %}
    {% endfor %}
    {{ return(each_where(list_of(named), 'named_brand', 'named_brand is not null')) }}
{% endmacro %}
