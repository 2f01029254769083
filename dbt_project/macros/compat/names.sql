{#-
    What came in as a name is made comparable by plain macros, which `reachline inbox check` renders too
    (macros/staging/cast_kind.sql); models after staging call these, since DuckDB alone has their functions.
-#}

{#- A name trimmed, without a leading @ or #, NFC, lower-cased; NULL where nothing is left. -#}
{% macro comparable_name(x) -%}
    {{ return(adapter.dispatch('comparable_name', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__comparable_name(x) -%}
    {{ normalize_handle(x) }}
{%- endmacro %}

{% macro spark__comparable_name(x) -%}
    nullif({{ lowered(nfc(
        spark__without_blanks("trim(leading '@#' from " ~ spark__without_blanks(x) ~ ')')
    )) }}, '')
{%- endmacro %}

{#- A text without white space and characters of no width at its ends. -#}
{% macro without_blanks(x) -%}
    {{ return(adapter.dispatch('without_blanks', 'reachline')(x)) }}
{%- endmacro %}

{% macro duckdb__without_blanks(x) -%}
    {{ trimmed(x) }}
{%- endmacro %}

{% macro spark__without_blanks(x) -%}
    trim(both {{ blanks() }} from {{ x }})
{%- endmacro %}
