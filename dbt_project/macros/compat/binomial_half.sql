{#-
    The chance of `successes` in `trials` fair tosses, as DOUBLE; 0 where it is too small for one.
    By logarithms of factorials, since the factorials themselves fit no number from 171 on.
    Spark has no lgamma.
-#}
{% macro binomial_half(successes, trials) -%}
    {{ return(adapter.dispatch('binomial_half', 'reachline')(successes, trials)) }}
{%- endmacro %}

{% macro duckdb__binomial_half(successes, trials) -%}
    exp(
        lgamma(({{ trials }}) + 1) - lgamma(({{ successes }}) + 1)
        - lgamma(({{ trials }}) - ({{ successes }}) + 1) - ({{ trials }}) * ln(2)
    )
{%- endmacro %}

{% macro spark__binomial_half(successes, trials) -%}
    exp(
        {{ spark_log_factorial(trials) }} - {{ spark_log_factorial(successes) }}
        - {{ spark_log_factorial('(' ~ trials ~ ') - (' ~ successes ~ ')') }} - ({{ trials }}) * ln(2)
    )
{%- endmacro %}

{#- The logarithm of the factorial of a whole number, as the sum of logarithms that it is. -#}
{% macro spark_log_factorial(n) -%}
    case
        when ({{ n }}) < 1 then cast(0 as double)
        else aggregate(sequence(1, cast({{ n }} as int)), cast(0 as double), (total, each) -> total + ln(each))
    end
{%- endmacro %}
