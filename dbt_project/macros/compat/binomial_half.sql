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
