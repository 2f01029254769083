{#- A function of each element of a list is a lambda, which Spark writes with an arrow; `name` is its element. -#}

{#- A list of what an expression gives for each element. -#}
{% macro each_as(a, name, expression) -%}
    {{ return(adapter.dispatch('each_as', 'reachline')(a, name, expression)) }}
{%- endmacro %}

{% macro duckdb__each_as(a, name, expression) -%}
    list_transform({{ a }}, lambda {{ name }}: {{ expression }})
{%- endmacro %}

{% macro spark__each_as(a, name, expression) -%}
    transform({{ a }}, {{ name }} -> {{ expression }})
{%- endmacro %}

{#- The elements of a list for which a condition holds. -#}
{% macro each_where(a, name, condition) -%}
    {{ return(adapter.dispatch('each_where', 'reachline')(a, name, condition)) }}
{%- endmacro %}

{% macro duckdb__each_where(a, name, condition) -%}
    list_filter({{ a }}, lambda {{ name }}: {{ condition }})
{%- endmacro %}

{% macro spark__each_where(a, name, condition) -%}
    filter({{ a }}, {{ name }} -> {{ condition }})
{%- endmacro %}
