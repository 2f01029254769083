{#-
    The texts of a column that are not NULL, in order, in one text with `separator` between, as an
    aggregate. Spark orders them by `within group`.
-#}
{% macro joined_texts(x, separator, order_by) -%}
    {{ return(adapter.dispatch('joined_texts', 'reachline')(x, separator, order_by)) }}
{%- endmacro %}

{% macro duckdb__joined_texts(x, separator, order_by) -%}
    string_agg({{ x }}, '{{ separator }}' order by {{ order_by }} nulls last)
{%- endmacro %}

{% macro spark__joined_texts(x, separator, order_by) -%}
    listagg({{ x }}, '{{ separator }}') within group (order by {{ order_by }} nulls last)
{%- endmacro %}
