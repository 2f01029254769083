{#-
    Two counts of a record as one; the first decides whether there is any. What is no number is given
    back as it came, for staging to refuse it by name.
-#}
{% macro sum_of_counts(first, second) -%}
    coalesce(
        case when try_cast({{ second }} as bigint) is null then {{ second }} end,
        cast(try_cast({{ first }} as bigint) + coalesce(try_cast({{ second }} as bigint), 0) as varchar),
        {{ first }}
    )
{%- endmacro %}
