{#-
    Whether figures may be derived from a staged row of the alias `rows`: not where its source's terms
    forbid it. YouTube's do (Developer Policies III.E.4.h), unless Google has accepted the operator's
    (config/sources.yml, derived_metrics_accepted).
-#}
{% macro is_derivable() -%}
    rows.source not in (
        select withheld.source from {{ source('config', 'derived_metrics_withheld') }} as withheld
    )
{%- endmacro %}
