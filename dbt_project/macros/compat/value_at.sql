{#-
    The value where another column is greatest or least, as an aggregate, of the rows in which both are known and
    `condition` holds. Spark's max_by takes a NULL for a value, DuckDB's does not.
-#}
{% macro value_at_greatest(x, place, condition=none) -%}
    {{ return(adapter.dispatch('value_at_greatest', 'reachline')(x, place, condition)) }}
{%- endmacro %}

{% macro duckdb__value_at_greatest(x, place, condition) -%}
    max_by({{ x }}, {{ place }}){{ ' filter (where ' ~ condition ~ ')' if condition }}
{%- endmacro %}

{% macro spark__value_at_greatest(x, place, condition) -%}
    max_by({{ x }}, {{ place }}) filter (where {{ x }} is not null{{ ' and ' ~ condition if condition }})
{%- endmacro %}

{% macro value_at_least(x, place, condition=none) -%}
    {{ return(adapter.dispatch('value_at_least', 'reachline')(x, place, condition)) }}
{%- endmacro %}

{% macro duckdb__value_at_least(x, place, condition) -%}
    min_by({{ x }}, {{ place }}){{ ' filter (where ' ~ condition ~ ')' if condition }}
{%- endmacro %}

{% macro spark__value_at_least(x, place, condition) -%}
    min_by({{ x }}, {{ place }}) filter (where {{ x }} is not null{{ ' and ' ~ condition if condition }})
{%- endmacro %}
