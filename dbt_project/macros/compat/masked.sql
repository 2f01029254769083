{#-
    A text in which e-mail addresses and phone numbers are masked, as mask_personal_data does it. DuckDB alone has
    the functions of that macro, which `reachline inbox check` renders too.
-#}
{% macro masked(x) -%}
    {{ return(adapter.dispatch('masked', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__masked(x) -%}
    {{ mask_personal_data(x) }}
{%- endmacro %}

{% macro spark__masked(x) -%}
    {%- set without_addresses -%}
        case
            when {{ regex_found(x, "'" ~ email_pattern() ~ "'") }}
                then {{ spark_masked_matches(x, email_tokens(), '[✉]') }}
            else {{ x }}
        end
    {%- endset -%}
    transform(
        array({{ without_addresses }}),
        no_address -> case
            when {{ regex_found('no_address', "'(?:\\p{Nd}" ~ digit_gap() ~ "{0,3}){6}\\p{Nd}'") }}
                then {{ spark_masked_matches('no_address', phone_tokens(), '[☎]') }}
            else no_address
        end
    )[0]
{%- endmacro %}

{% macro spark_masked_matches(x, pattern, token) -%}
    replace(replace(replace(
        {{ regex_replaced(x, "'" ~ pattern ~ "'", "'\\1' || chr(1) || '\\2\\3' || chr(2)") }},
        chr(1) || chr(2), '{{ token }}'
    ), chr(1), ''), chr(2), '')
{%- endmacro %}
