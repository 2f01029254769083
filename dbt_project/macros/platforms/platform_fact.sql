{#-
    What `fact` of macros/platforms/platforms.sql is for a platform, as SQL; `platform` is an
    expression. Platforms that differ in nothing from all others need no case.
-#}
{% macro platform_fact(fact, platform) -%}
    {%- set others = platforms()['*'][fact] -%}
    {%- set own = [] -%}
    {%- for name, facts in platforms().items() if facts[fact] != others -%}
        {%- do own.append('when ' ~ literal(name) ~ ' then ' ~ sql_value(facts[fact])) -%}
    {%- endfor -%}
    {%- if own -%}
        case {{ platform }} {{ own | join(' ') }} else {{ sql_value(others) }} end
    {%- else -%}
        {{ sql_value(others) }}
    {%- endif -%}
{%- endmacro %}

{% macro sql_value(value) -%}
    {{ literal(value) if value is string else value | lower }}
{%- endmacro %}
