{#-
    A DOUBLE as text for people: three significant digits, whole from 100 on. Spark has format_string,
    with formats of Java.
-#}
{% macro short_number(x) -%}
    {{ return(adapter.dispatch('short_number', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__short_number(x) -%}
    case
        when abs({{ x }}) >= 100 then format('{:.0f}', {{ x }})
        else format('{:.3g}', {{ x }})
    end
{%- endmacro %}
