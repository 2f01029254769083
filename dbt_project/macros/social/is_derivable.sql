{#-
    Whether figures may be derived from a staged row of the alias `rows`: not where its source's terms
    forbid it. YouTube's do (Developer Policies III.E.4.h), unless Google has accepted the operator's
    (config/sources.yml, derived_metrics_accepted). `withheld` is what the model imports the
    configuration table derived_metrics_withheld as.
-#}
{% macro is_derivable(withheld) -%}
    rows.source not in (select withheld.source from {{ withheld }} as withheld)
{%- endmacro %}
