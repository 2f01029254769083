{#- The platforms of which a metric has no value: they report none of the figures that it needs. -#}
{% macro not_reported_by(metric) %}
    {% set found = [] %}
    {% set needs = metric.get('needs_any', []) %}
    {% for name, facts in platforms().items() if needs and name != '*' %}
        {% do found.append(name) if needs | reject('in', facts.never_reports) | list | length == 0 %}
    {% endfor %}
    {{ return(found) }}
{% endmacro %}
