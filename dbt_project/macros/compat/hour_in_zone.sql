{#- The hour of a UTC timestamp in a zone, 0 to 23. Spark says from_utc_timestamp. -#}
{% macro hour_in_zone(ts, zone) -%}
    {{ return(adapter.dispatch('hour_in_zone', 'reachline')(ts, zone)) }}
{%- endmacro %}

{% macro duckdb__hour_in_zone(ts, zone) -%}
    extract(hour from ({{ ts }} at time zone 'UTC') at time zone '{{ zone }}')
{%- endmacro %}

{% macro spark__hour_in_zone(ts, zone) -%}
    cast(hour(convert_timezone('UTC', '{{ zone }}', {{ ts }})) as bigint)
{%- endmacro %}
