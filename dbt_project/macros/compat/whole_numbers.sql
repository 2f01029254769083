{#-
    Whole numbers beyond 64 bits, and what is done with whole numbers alone. Spark has no HUGEINT, writes
    a whole quotient as `div`, and has no gcd.
-#}

{#- The widest type of a whole number, of 38 digits at least. -#}
{% macro wide_integer() -%}
    {{ return(adapter.dispatch('wide_integer', 'reachline')()) }}
{%- endmacro %}

{% macro duckdb__wide_integer() -%}
    hugeint
{%- endmacro %}

{#- How many times a divisor is contained in a whole number, both whole, rounded towards 0. -#}
{% macro whole_quotient(number, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient', 'reachline')(number, divisor)) }}
{%- endmacro %}

{% macro duckdb__whole_quotient(number, divisor) -%}
    ({{ number }} // {{ divisor }})
{%- endmacro %}

{#- The greatest whole number that divides both without a rest; 0 where both are 0. -#}
{% macro common_divisor(a, b) -%}
    {{ return(adapter.dispatch('common_divisor', 'reachline')(a, b)) }}
{%- endmacro %}

{% macro duckdb__common_divisor(a, b) -%}
    gcd({{ a }}, {{ b }})
{%- endmacro %}
