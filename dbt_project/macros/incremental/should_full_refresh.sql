{#-
    A model is rebuilt in full when dbt is told so, or when its own hash (code, macros, the
    configuration it reads, its parents) is not the one it was last built with: see
    reachline.warehouse.hashes. dbt asks this of every incremental model.
-#}
{% macro should_full_refresh() %}
    {% set told = config.get('full_refresh') %}
    {% if told is none %}{% set told = flags.FULL_REFRESH %}{% endif %}
    {% if told or not execute %}{{ return(told) }}{% endif %}
    {% set changed = run_query(
        "select count(*) from work.ops.model_hashes where model = '" ~ model.name
        ~ "' and wanted is distinct from built"
    ).rows[0][0] %}
    {{ return(changed > 0) }}
{% endmacro %}
