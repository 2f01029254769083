{#- A type by DuckDB's name of it, as the engine names it. Spark has others for texts, lists and UTC. -#}
{% macro type_name(type) -%}
    {{ return(adapter.dispatch('type_name', 'reachline')(type)) }}
{%- endmacro %}

{% macro duckdb__type_name(type) -%}
    {{ return(type) }}
{%- endmacro %}

{% macro spark__type_name(type) -%}
    {%- set names = {'varchar': 'string', 'timestamp': 'timestamp_ntz', 'hugeint': 'decimal(38, 0)'} -%}
    {%- set of = type | replace('[]', '') -%}
    {%- set name = names.get(of, of) -%}
    {{ return('array<' ~ name ~ '>' if type.endswith('[]') else name) }}
{%- endmacro %}
