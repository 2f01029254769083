{#-
    Bounds of the normal distribution and of Student's t, in plain arithmetic: neither DuckDB nor
    Spark has them.
-#}

{#-
    The value that a normal variable exceeds with a chance of `p` (0 to 0.5), right to 0.00045.
    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23.
-#}
{% macro normal_bound(p) -%}
    {%- set s -%} sqrt(-2 * ln({{ p }})) {%- endset -%}
    (
        {{ s }} - (2.515517 + 0.802853 * {{ s }} + 0.010328 * power({{ s }}, 2))
        / (
            1 + 1.432788 * {{ s }} + 0.189269 * power({{ s }}, 2) + 0.001308 * power({{ s }}, 3)
        )
    )
{%- endmacro %}

{#- The normal value that is as unlikely as `t` with so many degrees of freedom (Wallace, 1959). -#}
{% macro normal_of_t(t, degrees) -%}
    (
        (8 * {{ degrees }} + 1.0e0) / (8 * {{ degrees }} + 3)
        * sqrt({{ degrees }} * ln(1 + power({{ t }}, 2) / {{ degrees }}))
    )
{%- endmacro %}

{#- The inverse of normal_of_t: the bound of Student's t for that of the normal distribution. -#}
{% macro t_of_normal(z, degrees) -%}
    sqrt(
        {{ degrees }} * (
            exp(
                power((8 * {{ degrees }} + 3.0e0) / (8 * {{ degrees }} + 1) * {{ z }}, 2)
                / {{ degrees }}
            ) - 1
        )
    )
{%- endmacro %}
