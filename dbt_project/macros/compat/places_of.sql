{#- The places of a list's elements, from 1 to its length, as a list. Spark says sequence. -#}
{% macro places_of(x) -%}
    {{ return(adapter.dispatch('places_of', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__places_of(x) -%}
    range(1, len({{ x }}) + 1)
{%- endmacro %}

{% macro spark__places_of(x) -%}
    case
        when size({{ x }}) > 0 then sequence(bigint(1), bigint(size({{ x }})))
        when size({{ x }}) = 0 then cast(array() as array<bigint>)
    end
{%- endmacro %}
