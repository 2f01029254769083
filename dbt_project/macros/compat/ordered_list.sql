{#-
    The values of a column as a list, in the order of another, as an aggregate; NULL without rows.
    Spark's collect_list has no order of its own, and is empty without rows.
-#}
{% macro ordered_list(x, place) -%}
    {{ return(adapter.dispatch('ordered_list', 'reachline')(x, place)) }}
{%- endmacro %}

{% macro duckdb__ordered_list(x, place) -%}
    list({{ x }} order by {{ place }})
{%- endmacro %}

{% macro spark__ordered_list(x, place) -%}
    case
        when count(*) > 0
            then transform(
                array_sort(collect_list(named_struct('place', {{ place }}, 'value', {{ x }}))), each -> each.value
            )
    end
{%- endmacro %}
