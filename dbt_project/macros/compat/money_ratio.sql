{#-
    The product of `factors` over the product of `divisors`, as an amount of money: both are
    integers, the result counts ten-thousandths, is rounded half up (away from zero) once, and is
    DECIMAL(18, 4). NULL where a part is NULL, a divisor is 0, or no DECIMAL(18, 4) can hold it.

    Whole numbers, because a quotient of DECIMALs is a DOUBLE here, and a DOUBLE does not round
    half up. Products beyond 128 bits, which no real price comes near, fall back to DOUBLE. Spark has
    neither 128-bit integers nor try() around an expression.
-#}
{% macro money_ratio(factors, divisors) -%}
    {{ return(adapter.dispatch('money_ratio', 'reachline')(factors, divisors)) }}
{%- endmacro %}

{% macro duckdb__money_ratio(factors, divisors) -%}
    {%- set product = '(' ~ factors | join(' * ') ~ ')' -%}
    {%- set divisor = '(' ~ divisors | join(' * ') ~ ')' -%}
    {%- set as_doubles = [] -%}
    {%- for each in factors %}{% do as_doubles.append('cast(' ~ each ~ ' as double)') %}{% endfor -%}
    {%- set divisors_as_doubles = [] -%}
    {%- for each in divisors %}{% do divisors_as_doubles.append('cast(' ~ each ~ ' as double)') %}{% endfor -%}
    try_cast(
        try_cast(
            coalesce(
                try(sign({{ product }}) * ((2 * abs({{ product }}) + {{ divisor }}) // (2 * {{ divisor }}))),
                try_cast(
                    round({{ as_doubles | join(' * ') }} / nullif({{ divisors_as_doubles | join(' * ') }}, 0))
                    as hugeint
                )
            ) as decimal(18, 0)
        ) * 0.0001 as decimal(18, 4)
    )
{%- endmacro %}
