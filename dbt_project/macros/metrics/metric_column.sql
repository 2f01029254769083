{#-
    A ratio or an interval of the catalogue as an expression over columns of the row at hand:

        {{ metric_column('roas') }} as roas

    A ratio is a DOUBLE, NULL where its denominator is NULL or 0.
-#}
{% macro metric_column(name) -%}
    {%- set found = metric_catalogue() | selectattr('name', 'equalto', name) | list -%}
    {%- if not found -%}
        {{ exceptions.raise_compiler_error(name ~ ' does not stand in metric_catalogue') }}
    {%- endif -%}
    {%- set metric = found[0] -%}
    {%- if metric.ratio -%}
        {%- set times = metric.ratio.get('times') -%}
        {%- set of = times ~ ' * (' ~ metric.ratio.of ~ ')' if times else metric.ratio.of -%}
        {%- if metric.ratio.get('where') -%}
    case when {{ metric.ratio.where | join(' and ') }} then {{ safe_divide(of, metric.ratio.to) }} end
        {%- else -%}
    {{ safe_divide(of, metric.ratio.to) }}
        {%- endif -%}
    {%- elif metric.interval -%}
    {{ wilson_bound(metric.interval.of, metric.interval.to, metric.interval.bound) }}
    {%- else -%}
        {{ exceptions.raise_compiler_error(name ~ ' is neither a ratio nor an interval') }}
    {%- endif -%}
{%- endmacro %}
