{#-
    The whole days of 24 hours from one timestamp to another, rounded down; below 0 before it. Spark
    says unix_micros.
-#}
{% macro whole_days_between(earlier, later) -%}
    {{ return(adapter.dispatch('whole_days_between', 'reachline')(earlier, later)) }}
{%- endmacro %}

{% macro duckdb__whole_days_between(earlier, later) -%}
    cast(floor(
        (epoch_us({{ later }}) - epoch_us({{ earlier }})) / cast(86400000000 as double)
    ) as integer)
{%- endmacro %}

{% macro spark__whole_days_between(earlier, later) -%}
    cast(floor(
        (unix_micros(cast({{ later }} as timestamp)) - unix_micros(cast({{ earlier }} as timestamp)))
        / cast(86400000000 as double)
    ) as integer)
{%- endmacro %}
