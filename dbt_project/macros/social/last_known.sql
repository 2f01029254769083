{#- Of a post's snapshots, the newest value of a metric that is not NULL, as an aggregate. -#}
{% macro last_known(metric, at='observed_at') -%}
    max_by({{ metric }}, {{ at }}) filter (where {{ metric }} is not null)
{%- endmacro %}
