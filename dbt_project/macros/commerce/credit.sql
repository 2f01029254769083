{#-
    Credit and money are divided as whole numbers: credit counts ten-billionths (1 is 10^10), money
    counts ten-thousandths. Both fit 64 bits, which is an order of magnitude faster than DECIMALs
    of 128; what does not fit takes the same steps in 128.
-#}

{#- `weight` of `total`, both whole and above 0, as credit, rounded half up. -#}
{% macro credit_units(weight, total) -%}
    cast(
        {{ whole_quotient(
            '(20000000000 * ' ~ weight ~ ' + ' ~ total ~ ')', '(2 * ' ~ total ~ ')'
        ) }} as bigint
    )
{%- endmacro %}

{#- What a credit is of an amount, rounded half up (away from zero); NULL where the amount is. -#}
{% macro credited_money(money, credit) -%}
    {%- set wide_credit = 'cast(' ~ credit ~ ' as ' ~ wide_integer() ~ ')' -%}
    case
        when abs({{ money }}) <= 900000000
            then sign({{ money }})
                * {{ whole_quotient(
                    '(abs(' ~ money ~ ') * ' ~ credit ~ ' + 5000000000)', '10000000000'
                ) }}
        else cast(
            sign({{ money }})
            * {{ whole_quotient(
                '(abs(' ~ money ~ ') * ' ~ wide_credit ~ ' + 5000000000)', '10000000000'
            ) }}
            as bigint
        )
    end
{%- endmacro %}

{#- The weight that halves with each half-life, in units of 10^-18, of an age in whole seconds. -#}
{% macro half_life_weight(age_seconds, half_life_days) -%}
    cast(
        round(pow(
            cast(2 as double), -{{ age_seconds }} / cast(86400 * {{ half_life_days }} as double)
        ) * 1e18)
        as {{ wide_integer() }}
    )
{%- endmacro %}
