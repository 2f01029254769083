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

{% macro spark__short_number(x) -%}
    case
        when abs({{ x }}) >= 100 then format_string('%.0f', bround({{ x }}, 0))
        when {{ x }} = 0 then '0'
        when abs({{ x }}) < 0.0001
            then regexp_replace(format_string('%.2e', {{ x }}), '[.]?0+e', 'e')
        else regexp_replace(
            format_string(
                '%.' || cast(2 - floor(log10(abs({{ x }}))) as string) || 'f', {{ x }}
            ),
            '[.]?0+$', ''
        )
    end
{%- endmacro %}
