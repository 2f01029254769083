with catalogue (
    metric,
    label,
    short_label,
    formula,
    unit,
    format,
    is_estimate,
    additivity,
    not_additive_over,
    zero_rule,
    null_rule,
    not_reported_by,
    source
) as (
    values
    {% for metric in metric_catalogue() %}
        (
            {{ literal(metric.name) }},
            {{ literal(metric.label) }},
            {{ literal(metric.get('short_label', metric.label)) }},
            {{ literal(metric.formula) }},
            {{ literal(metric.unit) }},
            {{ literal(metric.format) }},
            {{ metric.get('is_estimate', false) | lower }},
            {{ literal(metric.additivity) }},
            {{ literal(metric.not_over) if metric.get('not_over') else 'cast(null as varchar)' }},
            {{ literal(metric.zero_rule) }},
            {{ literal(metric.null_rule) }},
            coalesce({{ list_literal(not_reported_by(metric)) }}, {{ empty_list() }}),
            {{ literal(metric.source) }}
        ){{ ',' if not loop.last }}
    {% endfor %}
)

select * from catalogue
