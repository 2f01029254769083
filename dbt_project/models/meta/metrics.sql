{% for metric in metric_catalogue() %}
    {{ 'union all' if not loop.first }}
    select
        {{ literal(metric.name) }} as metric,
        {{ literal(metric.formula) }} as formula,
        {{ literal(metric.unit) }} as unit,
        {{ literal(metric.additivity) }} as additivity,
        {{ literal(metric.not_over) if metric.get('not_over') else 'cast(null as varchar)' }}
            as not_additive_over,
        {{ literal(metric.zero_rule) }} as zero_rule,
        {{ literal(metric.null_rule) }} as null_rule,
        coalesce({{ list_literal(metric.not_reported_by) }}, {{ empty_list() }}) as not_reported_by,
        {{ literal(metric.source) }} as source
{% endfor %}
