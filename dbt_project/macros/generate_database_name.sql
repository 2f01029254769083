{#- On DuckDB the file that a model stands in; Spark knows schemas alone. -#}
{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {%- if target.type == 'duckdb' -%}
        {{ custom_database_name or target.database }}
    {%- endif -%}
{%- endmacro %}
