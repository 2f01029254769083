{#- A function of each element is a lambda, which Spark writes with an arrow. -#}

{#- The elements of list `a` that list `b` has, and those that it lacks, in the order of `a`. -#}
{% macro elements_found(a, b) -%}
    {{ return(adapter.dispatch('elements_found', 'reachline')(a, b)) }}
{%- endmacro %}

{% macro duckdb__elements_found(a, b) -%}
    list_filter({{ a }}, lambda element: array_contains({{ b }}, element))
{%- endmacro %}

{% macro spark__elements_found(a, b) -%}
    filter({{ a }}, element -> array_contains({{ b }}, element))
{%- endmacro %}

{% macro elements_missing(a, b) -%}
    {{ return(adapter.dispatch('elements_missing', 'reachline')(a, b)) }}
{%- endmacro %}

{% macro duckdb__elements_missing(a, b) -%}
    list_filter({{ a }}, lambda element: not array_contains({{ b }}, element))
{%- endmacro %}

{% macro spark__elements_missing(a, b) -%}
    filter(
        {{ a }},
        element -> {{ b }} is not null and element is not null
        and not coalesce(array_contains({{ b }}, element), false)
    )
{%- endmacro %}

{#- The elements of a list in one text, each after `sign`; NULL where there is none. -#}
{% macro elements_listed(a, sign="''") -%}
    {{ return(adapter.dispatch('elements_listed', 'reachline')(a, sign)) }}
{%- endmacro %}

{% macro duckdb__elements_listed(a, sign) -%}
    nullif(array_to_string(list_transform({{ a }}, lambda element: {{ sign }} || element), ', '), '')
{%- endmacro %}

{% macro spark__elements_listed(a, sign) -%}
    nullif(array_join(transform({{ a }}, element -> {{ sign }} || element), ', '), '')
{%- endmacro %}
