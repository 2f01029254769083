{#- A column is the metric of its name; er_views_7d is er_views at an age of 7 days. -#}
{% set metrics = {} %}
{% for metric in metric_catalogue() %}
    {% for suffix in ['', '_1d', '_7d', '_30d'] %}
        {% do metrics.update({metric.name ~ suffix: metric.name}) %}
    {% endfor %}
{% endfor %}
-- one statement a column, as dbt knows it; the metric's rules stand in metrics
{% set rows = [] %}
{% for node in published_relations() %}
    {% for column in node.columns.values() %}
        {% do rows.append((node, column, loop.index)) %}
    {% endfor %}
{% endfor %}

{% for node, column, position in rows %}
    {{ 'union all' if not loop.first }}
    select
        {{ literal(node.schema) }} as table_schema,
        {{ literal(node.name) }} as table_name,
        {{ literal(column.name) }} as column_name,
        cast({{ position }} as integer) as ordinal_position,
        {{ literal(column.data_type | lower) }} as data_type,
        {{ literal(column.description) }} as description,
        {{ literal(metrics[column.name]) if column.name in metrics else 'cast(null as string)' }}
            as metric
{% else %}
    select
        cast(null as string) as table_schema,
        cast(null as string) as table_name,
        cast(null as string) as column_name,
        cast(null as integer) as ordinal_position,
        cast(null as string) as data_type,
        cast(null as string) as description,
        cast(null as string) as metric
    where false
{% endfor %}
