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

{% macro spark__wide_integer() -%}
    decimal(38, 0)
{%- endmacro %}

{#- How many times a divisor is contained in a whole number, both whole, rounded towards 0. -#}
{% macro whole_quotient(number, divisor) -%}
    {{ return(adapter.dispatch('whole_quotient', 'reachline')(number, divisor)) }}
{%- endmacro %}

{% macro duckdb__whole_quotient(number, divisor) -%}
    ({{ number }} // {{ divisor }})
{%- endmacro %}

{#-
    Of decimals the quotient is rounded, and `div` gives 64 bits: what is divided has no rest. A quotient of more
    than 20 digits is an error.
-#}
{% macro spark__whole_quotient(number, divisor) -%}
    cast(
        (cast({{ number }} as decimal(38, 0)) - cast({{ number }} as decimal(38, 0)) % {{ divisor }})
        / {{ divisor }} as decimal(38, 0)
    )
{%- endmacro %}

{#- The greatest whole number that divides both without a rest; 0 where both are 0. -#}
{% macro common_divisor(a, b) -%}
    {{ return(adapter.dispatch('common_divisor', 'reachline')(a, b)) }}
{%- endmacro %}

{% macro duckdb__common_divisor(a, b) -%}
    gcd({{ a }}, {{ b }})
{%- endmacro %}

{#- Euclid; no two numbers of 38 digits take as many steps. -#}
{% macro spark__common_divisor(a, b) -%}
    aggregate(
        sequence(1, 190),
        named_struct('a', abs(cast({{ a }} as decimal(38, 0))), 'b', abs(cast({{ b }} as decimal(38, 0)))),
        (pair, step) -> case
            when pair.b = 0 then pair else named_struct('a', pair.b, 'b', pair.a % pair.b)
        end,
        pair -> pair.a
    )
{%- endmacro %}
