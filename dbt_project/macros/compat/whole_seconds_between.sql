{#- The whole seconds from one timestamp to a later one, rounded down. Spark says unix_micros. -#}
{% macro whole_seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('whole_seconds_between', 'reachline')(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__whole_seconds_between(earlier, later) -%}
    ((epoch_us({{ later }}) - epoch_us({{ earlier }})) // 1000000)
{%- endmacro %}

{% macro spark__whole_seconds_between(earlier, later) -%}
    (
        (unix_micros(cast({{ later }} as timestamp)) - unix_micros(cast({{ earlier }} as timestamp))) div 1000000
    )
{%- endmacro %}
