{#-
    The platform whose rows of a configuration table hold for a platform: its own, else `*`.
    `table` is what the model imports the configuration table as.
-#}
{% macro configured_platform(platform, table) -%}
    case
        when {{ platform }} in (select configured.platform from {{ table }} as configured)
            then {{ platform }}
        else '*'
    end
{%- endmacro %}
