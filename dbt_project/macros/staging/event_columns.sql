{#-
    The streams that tell of days, each with its columns that say when: of a row the latest counts.
    What carries observed_at is of the day on which it was seen.
-#}
{% macro event_columns() -%}
    {{ return({
        'orders': ['ordered_at'],
        'refunds': ['refunded_at'],
        'clicks': ['clicked_at'],
        'profiles': ['observed_at'],
        'posts': ['observed_at', 'published_at'],
        'post_metrics': ['observed_at'],
        'outreach': ['status_at'],
        'payments': ['incurred_on'],
        'recommendations': ['recommended_on'],
        'fx_rates': ['rate_date'],
    }) }}
{%- endmacro %}

{#- When a row happened, of the columns that say so. -#}
{% macro latest_of(columns) -%}
    {{ columns[0] if columns | length == 1 else 'greatest(' ~ columns | join(', ') ~ ')' }}
{%- endmacro %}

{#- The day of it: in the reporting zone where it is a moment. -#}
{% macro event_day(columns) -%}
    {{ reporting_day(latest_of(columns)) if columns[0].endswith('_at') else latest_of(columns) }}
{%- endmacro %}
