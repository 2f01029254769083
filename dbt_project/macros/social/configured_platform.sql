{#- The platform whose rows of a configuration table hold for a platform: its own, else `*`. -#}
{% macro configured_platform(platform, table) -%}
    case
        when {{ platform }} in (
            select configured.platform
            from {{ source('config', table) }} as configured
        ) then {{ platform }}
        else '*'
    end
{%- endmacro %}
