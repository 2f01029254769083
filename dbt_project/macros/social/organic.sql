{#-
    What is left of a count without what advertising brought; the whole where no source tells of any,
    NULL where more is told of than there is.
-#}
{% macro organic(whole, paid) -%}
    case when coalesce({{ paid }}, 0) <= {{ whole }} then {{ whole }} - coalesce({{ paid }}, 0) end
{%- endmacro %}

{#- Of a post's snapshots, what advertising brought as it was last told, as an aggregate. -#}
{% macro last_paid(metric) -%}
    max_by(paid_{{ metric }}, observed_at) filter (where paid_{{ metric }} is not null)
{%- endmacro %}

{#- What advertising brought of a metric, where any public post of the platform carries that metric. -#}
{% macro paid_public_part(metric) -%}
    case when public_components.has_{{ metric }} then metrics.paid_{{ metric }} end
{%- endmacro %}
