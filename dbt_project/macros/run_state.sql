{#-
    The run that is under way, as reachline.warehouse passes it; the same stands in
    work.ops.current_run. The default lets dbt parse and compile without a run.
-#}
{% macro run_state() %}
    {{ return(var('run', {
        'run_seq': 1, 'logical_date': '2000-01-01', 'previous_date': none, 'since_seq': 0,
        'as_of_end': '2000-01-02 00:00:00', 'previous_end': none, 'time_zone': 'UTC',
        'currency': 'USD',
    })) }}
{% endmacro %}

{#- The end of the logical date in UTC, exclusive: what happened before it counts. -#}
{% macro as_of_end() -%}
    timestamp '{{ run_state().as_of_end }}'
{%- endmacro %}

{% macro as_of_date() -%}
    date '{{ run_state().logical_date }}'
{%- endmacro %}

{#- The reporting currency, as a literal. -#}
{% macro reporting_currency() -%}
    '{{ run_state().currency }}'
{%- endmacro %}

{#- The day of a UTC timestamp in the reporting zone. -#}
{% macro reporting_day(ts) -%}
    {%- set zone = run_state().time_zone -%}
    {%- if zone == 'UTC' -%}
        cast({{ ts }} as date)
    {%- else -%}
        {{ day_in_zone(ts, zone) }}
    {%- endif -%}
{%- endmacro %}

{#- The hour of a UTC timestamp in the reporting zone, 0 to 23. -#}
{% macro reporting_hour(ts) -%}
    {{ hour_in_zone(ts, run_state().time_zone) }}
{%- endmacro %}

{#-
    Rows written since the last run whose models were all built; in a touched set that changed
    itself none: what reads it changed too, is built in full, and never looks (should_full_refresh).
-#}
{% macro is_new(loaded_seq) -%}
    {%- if should_full_refresh() -%}
        false
    {%- else -%}
        {{ loaded_seq }} > {{ run_state().since_seq }}
    {%- endif -%}
{%- endmacro %}

{#- Rows whose moment lies between the end of the last logical date and of this one; as is_new. -#}
{% macro came_due(ts) -%}
    {%- set run = run_state() -%}
    {%- if should_full_refresh() -%}
        false
    {%- else -%}
        ({{ ts }} < timestamp '{{ run.as_of_end }}'
        {%- if run.previous_end is not none %} and {{ ts }} >= timestamp '{{ run.previous_end }}'{% endif %})
    {%- endif -%}
{%- endmacro %}

{#- Days after the last logical date, up to this one; as is_new. -#}
{% macro day_came_due(day) -%}
    {%- if should_full_refresh() -%}
        false
    {%- else -%}
        ({{ day }} <= {{ as_of_date() }}
        {%- if run_state().previous_date is not none %} and {{ day }} > date '{{ run_state().previous_date }}'{% endif %})
    {%- endif -%}
{%- endmacro %}
