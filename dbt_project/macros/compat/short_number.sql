{#-
    A DOUBLE as text for people: three significant digits, whole from 100 on. Spark has format_string,
    with formats of Java, which round what a DOUBLE is written as (0.1235 up, though the number is a little less;
    0.8125 up, though half goes to even): here it is rounded before. What a product is off by (Dekker) says on
    which side of the half the number is.
-#}
{% macro short_number(x) -%}
    {{ return(adapter.dispatch('short_number', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__short_number(x) -%}
    case
        when abs({{ x }}) >= 100 then format('{:.0f}', {{ x }})
        else format('{:.3g}', {{ x }})
    end
{%- endmacro %}

{% macro spark__short_number(x) -%}
    case
        when {{ x }} is null then null
        when abs({{ x }}) >= 100 then format_string('%.0f', bround({{ x }}, 0))
        when {{ x }} = 0 then '0'
        else if({{ x }} < 0, '-', '') || element_at(
            transform(
                transform(
                    transform(
                        array(named_struct('x', abs({{ x }}), 'p', power(1e1, 2 - floor(log10(abs({{ x }})))))),
                        s -> named_struct(
                            'x', s.x,
                            'p', s.p,
                            'y', s.x * s.p,
                            'x_high', 134217729e0 * s.x - (134217729e0 * s.x - s.x),
                            'p_high', 134217729e0 * s.p - (134217729e0 * s.p - s.p)
                        )
                    ),
                    s -> (
                        floor(s.y)
                        + case
                            when s.y - floor(s.y) <> 5e-1 then cast(s.y - floor(s.y) > 5e-1 as int)
                            else
                                case signum(
                                    s.x_high * s.p_high - s.y
                                    + s.x_high * (s.p - s.p_high)
                                    + (s.x - s.x_high) * s.p_high
                                    + (s.x - s.x_high) * (s.p - s.p_high)
                                )
                                    when 1 then 1
                                    when -1 then 0
                                    else floor(s.y) % 2
                                end
                        end
                    ) / s.p
                ),
                r -> if(
                    r < 1e-4,
                    regexp_replace(format_string('%.2e', r), '[.]?0+e', 'e'),
                    regexp_replace(
                        format_string('%.' || cast(greatest(2 - floor(log10(r)), 1) as string) || 'f', r), '[.]?0+$', ''
                    )
                )
            ), 1
        )
    end
{%- endmacro %}
