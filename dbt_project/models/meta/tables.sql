-- what dbt knows of the published tables, out of their own descriptions
{% for node in published_relations() %}
    {{ 'union all' if not loop.first }}
    select
        {{ literal(node.schema) }} as table_schema,
        {{ literal(node.name) }} as table_name,
        {{ literal(node.description.split(': ')[0].split('. ')[0].rstrip('.')) }} as grain,
        {{ literal(node.description) }} as description
{% else %}
    select
        cast(null as string) as table_schema,
        cast(null as string) as table_name,
        cast(null as string) as grain,
        cast(null as string) as description
    where false
{% endfor %}
