{#-
    An amount of money as a whole number of ten-thousandths, wide enough to multiply. Widened first:
    the engine multiplies a DECIMAL(18, 4) in 64 bits and fails from 10^10 on.
-#}
{% macro ten_thousandths(amount) -%}
    cast(cast({{ amount }} as decimal(24, 4)) * 10000 as {{ wide_integer() }})
{%- endmacro %}

{#- A rate as a whole number of millionths, likewise. -#}
{% macro millionths(rate) -%}
    cast(cast({{ rate }} as decimal(26, 6)) * 1000000 as {{ wide_integer() }})
{%- endmacro %}
