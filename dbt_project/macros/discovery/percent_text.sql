{#-
    What part of a whole (both counts, the whole above 0), in words: percent rounded half up to a
    whole number, "under 1 %" below that.
-#}
{% macro percent_text(part, whole) -%}
    case
        when 100 * {{ part }} < {{ whole }} then 'under 1 %'
        else cast(
            {{ whole_quotient('(200 * ' ~ part ~ ' + ' ~ whole ~ ')', '(2 * ' ~ whole ~ ')') }} as string
        ) || ' %'
    end
{%- endmacro %}
