{#- Fails for each key that stands more than once, or with a NULL in it that is not one of `nullable`. -#}
{% test unique_grain(model, columns, nullable=[]) %}
select
    {% for name in columns %}
    {{ name }},
    {% endfor %}
    count(*) as rows_of_key
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {% for name in columns if name not in nullable %}
    or {{ name }} is null
    {% endfor %}
{% endtest %}
