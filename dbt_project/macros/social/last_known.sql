{#- Of a post's snapshots, the newest value of a metric that is not NULL, as an aggregate. -#}
{% macro last_known(metric) -%}
    max_by({{ metric }}, observed_at) filter (where {{ metric }} is not null)
{%- endmacro %}
