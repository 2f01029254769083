{#-
    A bound of the 95 % Wilson score interval of x successes in n trials, as DOUBLE; NULL where n is
    NULL or 0, or x is above n. Exactly 0 at x = 0 (low) and 1 at x = n (high), where the formula
    would leave a rounding error. Wilson 1927, doi:10.1080/01621459.1927.10502953.
-#}
{% macro wilson_bound(x, n, bound) -%}
    {%- set z = 1.959964 -%}
    {%- set trials = 'cast(' ~ n ~ ' as double)' -%}
    {%- set share = '(cast(' ~ x ~ ' as double) / ' ~ trials ~ ')' -%}
    case
        when {{ n }} > 0 and {{ x }} <= {{ n }}
            then
                case
                    when {{ x ~ ' = 0' if bound == 'low' else x ~ ' = ' ~ n }}
                        then {{ '0' if bound == 'low' else '1' }}
                    else (
                        {{ share }} + {{ z * z }} / (2 * {{ trials }})
                        {{ '-' if bound == 'low' else '+' }} {{ z }} * sqrt(
                            {{ share }} * (1 - {{ share }}) / {{ trials }}
                            + {{ z * z }} / (4 * {{ trials }} * {{ trials }})
                        )
                    ) / (1 + {{ z * z }} / {{ trials }})
                end
    end
{%- endmacro %}
