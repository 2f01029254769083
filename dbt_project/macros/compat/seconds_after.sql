{#-
    The timestamp that is a number of seconds after another. Spark has no to_seconds.
-#}
{% macro seconds_after(moment, seconds) -%}
    {{ return(adapter.dispatch('seconds_after', 'reachline')(moment, seconds)) }}
{%- endmacro %}

{% macro duckdb__seconds_after(moment, seconds) -%}
    ({{ moment }} + to_seconds({{ seconds }}))
{%- endmacro %}

{% macro spark__seconds_after(moment, seconds) -%}
    ({{ moment }} + make_dt_interval(0, 0, 0, {{ seconds }}))
{%- endmacro %}
