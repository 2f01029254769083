{#-
    Fails for each row and ratio of the metric catalogue that breaks its rules: NULL where the
    denominator is NULL or 0 and nowhere else (but where the metric's own condition says so), and
    denominator x ratio = times x numerator.
-#}
{% test follows_the_catalogue(model) %}
{% set names = [] %}
{% for column in adapter.get_columns_in_relation(model) %}{% do names.append(column.name) %}{% endfor %}
{% set ratios = [] %}
{% for metric in metric_catalogue() if metric.ratio and metric.name in names %}
    {% do ratios.append(metric) %}
{% endfor %}
with thresholds as (
    select max(value) as profit_coverage_min
    from {{ source('config', 'thresholds') }}
    where name = 'profit_coverage_min'
)

{% for metric in ratios %}
{% set times = metric.ratio.get('times', 1) %}
select
    '{{ metric.name }}' as metric,
    {{ metric.name }} as ratio,
    cast({{ metric.ratio.of }} as double) as numerator,
    cast({{ metric.ratio.to }} as double) as denominator
from {{ model }}
cross join thresholds
where
    ({{ metric.name }} is null) is distinct from (
        coalesce({{ metric.ratio.to }}, 0) = 0
        or ({{ metric.ratio.of }}) is null
        or not coalesce({{ metric.ratio.get('where', ['true']) | join(' and ') }}, false)
    )
    or abs({{ metric.name }} * {{ metric.ratio.to }} - {{ times }} * ({{ metric.ratio.of }}))
    > 1e-9 * abs({{ times }} * ({{ metric.ratio.of }}))
{{ 'union all' if not loop.last }}
{% endfor %}
{% endtest %}
