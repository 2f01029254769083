{#- Fails for each key that stands more than once, or with a NULL in it. -#}
{% test unique_grain(model, columns) %}
select
    {% for name in columns %}
    {{ name }},
    {% endfor %}
    count(*) as rows_of_key
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {% for name in columns %}
    or {{ name }} is null
    {% endfor %}
{% endtest %}
