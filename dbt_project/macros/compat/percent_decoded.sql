{#-
    A text with its percent-encoding undone; one that does not decode to UTF-8 stays as it is. Spark's
    url_decode makes spaces of + too, and it has no try() around an expression.
-#}
{% macro percent_decoded(x) -%}
    {{ return(adapter.dispatch('percent_decoded', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__percent_decoded(x) -%}
    coalesce(try(url_decode({{ x }})), {{ x }})
{%- endmacro %}

{#-
    Java puts U+FFFD in the place of what is no UTF-8, and of nothing else but what stands for it.
-#}
{% macro spark__percent_decoded(x) -%}
    {%- set decoded = "try_url_decode(replace(" ~ x ~ ", '+', '%2B'))" -%}
    {%- set written = "regexp_replace(" ~ x ~ ", '(?i)%EF%BF%BD', '�')" -%}
    case
        when length({{ decoded }}) - length(replace({{ decoded }}, '�', ''))
            = length({{ written }}) - length(replace({{ written }}, '�', ''))
            then {{ decoded }}
        else {{ x }}
    end
{%- endmacro %}
