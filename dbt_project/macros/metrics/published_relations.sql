{#-
    The tables of a release as dbt describes them, by schema and name: models, and what is published
    beside them (source `published`). Empty where dbt does not show the graph (parsing, unit tests).
-#}
{% macro published_relations() %}
    {% set found = [] %}
    {% if execute %}
        {% for node in graph.get('nodes', {}).values() %}
            {% if node.resource_type == 'model' and node.schema in published_schemas() %}
                {% do found.append(node) %}
            {% endif %}
        {% endfor %}
        {% for node in graph.get('sources', {}).values() if node.source_name == 'published' %}
            {% do found.append(node) %}
        {% endfor %}
    {% endif %}
    {{ return(found | sort(attribute='schema,name')) }}
{% endmacro %}

{% macro published_schemas() %}
    {{ return(['core', 'reports', 'views', 'quality', 'meta']) }}
{% endmacro %}
