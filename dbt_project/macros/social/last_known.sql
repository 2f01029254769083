{#- Of a post's snapshots, the newest value of a metric that is not NULL, as an aggregate. -#}
{% macro last_known(metric) -%}
    max_by({{ metric }}, observed_at) filter (where {{ metric }} is not null)
{%- endmacro %}

{#- Of each metric, as columns. -#}
{% macro last_known_metrics() -%}
    {%- set columns = [] -%}
    {%- for metric in ['likes', 'comments', 'shares', 'saves', 'views', 'reach', 'impressions'] -%}
        {%- do columns.append(last_known(metric) ~ ' as ' ~ metric) -%}
    {%- endfor -%}
    {{ columns | join(',\n        ') }}
{%- endmacro %}
