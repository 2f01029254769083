{#-
    A model is rebuilt in full when dbt is told so, or when its own hash (code, macros, the
    configuration it reads, its parents) is not the one it was last built with: see
    reachline.warehouse.dbt.model_hashes. dbt asks this of every incremental model.
-#}
{% macro should_full_refresh() %}
    {% set told = config.get('full_refresh') %}
    {% if told is none %}{% set told = flags.FULL_REFRESH %}{% endif %}
    {{ return(told or model.name in var('changed_models', [])) }}
{% endmacro %}
