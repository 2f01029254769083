{#-
    The product of `factors` over the product of `divisors`, as an amount of money: both are
    integers, the result counts ten-thousandths, is rounded half up (away from zero) once, and is
    DECIMAL(18, 4). NULL where a part is NULL, a divisor is 0, or no DECIMAL(18, 4) can hold it.

    Whole numbers, because a quotient of DECIMALs is a DOUBLE here, and a DOUBLE does not round
    half up. Products beyond 128 bits, which no real price comes near, fall back to DOUBLE: what stands
    twice in an expression DuckDB works out once, outside of its try, where an error stops the night;
    what stands in a case that depends on the row it leaves there. Spark has neither 128-bit integers
    nor try() around an expression.
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
                try(case
                    when {{ factors[0] }} is not null
                        then sign({{ product }}) * ((2 * abs({{ product }}) + {{ divisor }}) // (2 * {{ divisor }}))
                end),
                try_cast(
                    round({{ as_doubles | join(' * ') }} / nullif({{ divisors_as_doubles | join(' * ') }}, 0))
                    as hugeint
                )
            ) as decimal(18, 0)
        ) * 0.0001 as decimal(18, 4)
    )
{%- endmacro %}

{% macro spark__money_ratio(factors, divisors) -%}
    {%- set parts = [] -%}
    {%- for each in factors %}{% do parts.append('cast(' ~ each ~ ' as decimal(38, 0))') %}{% endfor -%}
    {%- set product = namespace(sql=parts[0]) -%}
    {%- for each in parts[1:] %}{% set product.sql = 'try_multiply(' ~ product.sql ~ ', ' ~ each ~ ')' %}{% endfor -%}
    {%- set parts = [] -%}
    {%- for each in divisors %}{% do parts.append('cast(' ~ each ~ ' as decimal(38, 0))') %}{% endfor -%}
    {%- set divisor = namespace(sql=parts[0]) -%}
    {%- for each in parts[1:] %}{% set divisor.sql = 'try_multiply(' ~ divisor.sql ~ ', ' ~ each ~ ')' %}{% endfor -%}
    {%- set twice = 'nullif(try_multiply(' ~ divisor.sql ~ ', cast(2 as decimal(38, 0))), 0)' -%}
    {%- set above = 'try_add(try_multiply(abs(' ~ product.sql ~ '), cast(2 as decimal(38, 0))), ' ~ divisor.sql ~ ')' -%}
    {%- set as_doubles = [] -%}
    {%- for each in factors %}{% do as_doubles.append('cast(' ~ each ~ ' as double)') %}{% endfor -%}
    {%- set divisors_as_doubles = [] -%}
    {%- for each in divisors %}{% do divisors_as_doubles.append('cast(' ~ each ~ ' as double)') %}{% endfor -%}
    try_cast(
        try_cast(
            coalesce(
                try_multiply(
                    cast(sign({{ product.sql }}) as decimal(1, 0)),
                    try_cast(try_divide(({{ above }} - {{ above }} % {{ twice }}), {{ twice }}) as decimal(38, 0))
                ),
                try_cast(
                    round({{ as_doubles | join(' * ') }} / nullif({{ divisors_as_doubles | join(' * ') }}, 0))
                    as decimal(38, 0)
                )
            ) as decimal(18, 0)
        ) * 0.0001 as decimal(18, 4)
    )
{%- endmacro %}
