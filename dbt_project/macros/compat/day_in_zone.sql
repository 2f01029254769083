{#- The day of a UTC timestamp in a zone, by its name. Spark says from_utc_timestamp. -#}
{% macro day_in_zone(ts, zone) -%}
    {{ return(adapter.dispatch('day_in_zone', 'reachline')(ts, zone)) }}
{%- endmacro %}

{% macro duckdb__day_in_zone(ts, zone) -%}
    cast(({{ ts }} at time zone 'UTC') at time zone '{{ zone }}' as date)
{%- endmacro %}

{% macro spark__day_in_zone(ts, zone) -%}
    cast(convert_timezone('UTC', '{{ zone }}', {{ ts }}) as date)
{%- endmacro %}
