{#-
    A sum of what a stream gives: 0 over nothing, but NULL where the row has not begun or none of its
    days was watched. `streams` are orders, clicks, or both.
-#}
{% macro where_covered(sum, streams, relation='') -%}
    case
        when
        {%- for stream in streams %}
            {{ 'and ' if not loop.first }}{{ relation ~ '.' if relation }}{{ stream }}_covered > 0
        {%- endfor %}
            then coalesce({{ sum }}, 0)
    end
{%- endmacro %}

{#- Whether orders were watched on so many of a row's days that its return may be told, as roi asks. -#}
{% macro return_is_watched(relation='') -%}
    {{ relation ~ '.' if relation }}orders_covered >= 0.9
{%- endmacro %}
