with catalogue (
    metric,
    formula,
    unit,
    additivity,
    not_additive_over,
    zero_rule,
    null_rule,
    not_reported_by,
    source,
    label,
    short_label,
    format,
    is_estimate
) as (
    values
    {% for metric in metric_catalogue() %}
        (
            {{ literal(metric.name) }},
            {{ literal(metric.formula) }},
            {{ literal(metric.unit) }},
            {{ literal(metric.additivity) }},
            {{ literal(metric.not_over) if metric.get('not_over') else 'cast(null as string)' }},
            {{ literal(metric.zero_rule) }},
            {{ literal(metric.null_rule) }},
            coalesce({{ list_literal(not_reported_by(metric)) }}, {{ empty_list() }}),
            {{ literal(metric.source) }},
            {{ literal(metric.label) }},
            {{ literal(metric.get('short_label', metric.label)) }},
            {{ literal(metric.format) }},
            {{ metric.get('is_estimate', false) | lower }}
        ){{ ',' if not loop.last }}
    {% endfor %}
)

select * from catalogue
