{#-
    What is left of a count without what advertising brought; the whole where no source tells of any, NULL
    where more is told of than there is.
-#}
{% macro organic(whole, paid) -%}
    case when coalesce({{ paid }}, 0) <= {{ whole }} then {{ whole }} - coalesce({{ paid }}, 0) end
{%- endmacro %}

{#- Of a post's snapshots, what advertising brought as it was last told, as an aggregate. -#}
{% macro last_paid(metric) -%}
    max_by(paid_{{ metric }}, observed_at) filter (where paid_{{ metric }} is not null)
{%- endmacro %}
