{% for metric in metric_catalogue() %}
    {{ 'union all' if not loop.first }}
    select
        {{ literal(metric.name) }} as metric,
        {{ literal(metric.label) }} as label,
        {{ literal(metric.get('short_label', metric.label)) }} as short_label,
        {{ literal(metric.formula) }} as formula,
        {{ literal(metric.unit) }} as unit,
        {{ literal(metric.format) }} as format,
        {{ metric.get('is_estimate', false) | lower }} as is_estimate,
        {{ literal(metric.additivity) }} as additivity,
        {{ literal(metric.not_over) if metric.get('not_over') else 'cast(null as varchar)' }}
            as not_additive_over,
        {{ literal(metric.zero_rule) }} as zero_rule,
        {{ literal(metric.null_rule) }} as null_rule,
        coalesce({{ list_literal(not_reported_by(metric)) }}, {{ empty_list() }}) as not_reported_by,
        {{ literal(metric.source) }} as source
{% endfor %}
