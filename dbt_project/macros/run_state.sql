{#- The run that is under way: work.ops.current_run, one row, written before dbt starts. -#}
{% macro run_state() %}
    {% if not execute %}
        {{ return({
            'run_seq': 1, 'logical_date': '2000-01-01', 'previous_date': none, 'since_seq': 0,
            'as_of_end': '2000-01-02 00:00:00', 'previous_end': none, 'time_zone': 'UTC',
            'currency': 'USD',
        }) }}
    {% endif %}
    {% set row = run_query(
        "select run_seq, cast(logical_date as varchar), cast(previous_date as varchar), since_seq,"
        ~ " cast(as_of_end as varchar), cast(previous_end as varchar), time_zone, currency"
        ~ " from work.ops.current_run"
    ).rows[0] %}
    {{ return({
        'run_seq': row[0], 'logical_date': row[1], 'previous_date': row[2], 'since_seq': row[3],
        'as_of_end': row[4], 'previous_end': row[5], 'time_zone': row[6], 'currency': row[7],
    }) }}
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
        cast(({{ ts }} at time zone 'UTC') at time zone '{{ zone }}' as date)
    {%- endif -%}
{%- endmacro %}

{#- Rows written since the last run whose models were all built. -#}
{% macro is_new(loaded_seq) -%}
    {{ loaded_seq }} > {{ run_state().since_seq }}
{%- endmacro %}

{#- Rows whose moment lies between the end of the last logical date and the end of this one. -#}
{% macro came_due(ts) -%}
    {%- set run = run_state() -%}
    ({{ ts }} < timestamp '{{ run.as_of_end }}'
    {%- if run.previous_end is not none %} and {{ ts }} >= timestamp '{{ run.previous_end }}'{% endif %})
{%- endmacro %}
