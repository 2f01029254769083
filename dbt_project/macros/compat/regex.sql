{#-
    Patterns, as RE2 reads them, in Spark by Java's: it names scripts otherwise, and groups in a replacement by
    $. Plain SQL for both: `regexp_extract(x, pattern, group)` and `regexp_extract_all(x, pattern, group)`, where
    the pattern is written for_engine.
-#}

{#- Whether a pattern, an expression, matches anywhere in a text. Spark says regexp_like. -#}
{% macro regex_found(x, pattern) -%}
    {{ return(adapter.dispatch('regex_found', 'reachline')(x, pattern)) }}
{%- endmacro %}

{% macro duckdb__regex_found(x, pattern) -%}
    regexp_matches({{ x }}, {{ pattern }})
{%- endmacro %}

{% macro spark__regex_found(x, pattern) -%}
    regexp_like({{ x }}, {{ for_engine(pattern) }})
{%- endmacro %}

{#- A text in which each match of a pattern is replaced; both are expressions, \1 is a group. -#}
{% macro regex_replaced(x, pattern, replacement="''") -%}
    {{ return(adapter.dispatch('regex_replaced', 'reachline')(x, pattern, replacement)) }}
{%- endmacro %}

{% macro duckdb__regex_replaced(x, pattern, replacement) -%}
    regexp_replace({{ x }}, {{ pattern }}, {{ replacement }}, 'g')
{%- endmacro %}

{% macro spark__regex_replaced(x, pattern, replacement) -%}
    regexp_replace(
        {{ x }},
        {{ for_engine(pattern) }},
        {{ replacement | replace('\\1', '$1') | replace('\\2', '$2') | replace('\\3', '$3') | replace('\\', '\\\\') }}
    )
{%- endmacro %}

{#- What group `group` of a pattern, an expression, matches first in a text; empty where nothing does. -#}
{% macro regex_part(x, pattern, group=0) -%}
    {{ return(adapter.dispatch('regex_part', 'reachline')(x, pattern, group)) }}
{%- endmacro %}

{% macro duckdb__regex_part(x, pattern, group) -%}
    regexp_extract({{ x }}, {{ pattern }}, {{ group }})
{%- endmacro %}

{% macro spark__regex_part(x, pattern, group) -%}
    regexp_extract({{ x }}, {{ for_engine(pattern) }}, {{ group }})
{%- endmacro %}

{#- The same of all matches, as a list. -#}
{% macro regex_parts(x, pattern, group=0) -%}
    {{ return(adapter.dispatch('regex_parts', 'reachline')(x, pattern, group)) }}
{%- endmacro %}

{% macro duckdb__regex_parts(x, pattern, group) -%}
    regexp_extract_all({{ x }}, {{ pattern }}, {{ group }})
{%- endmacro %}

{% macro spark__regex_parts(x, pattern, group) -%}
    regexp_extract_all({{ x }}, {{ for_engine(pattern) }}, {{ group }})
{%- endmacro %}

{#-
    A pattern of RE2, as an expression, for the engine. Spark's Java says IsHan for the script Han, and its
    \b knows all letters, where RE2's knows those of ASCII; in a literal of Spark's a backslash is written twice.
-#}
{% macro for_engine(pattern) -%}
    {{ return(adapter.dispatch('for_engine', 'reachline')(pattern)) }}
{%- endmacro %}

{% macro duckdb__for_engine(pattern) -%}
    {{ return(pattern) }}
{%- endmacro %}

{% macro spark__for_engine(pattern) -%}
    {%- set written = namespace(pattern=pattern) -%}
    {%- for script in ('Han', 'Hiragana', 'Katakana', 'Hangul', 'Thai', 'Lao', 'Khmer', 'Myanmar') -%}
        {%- set written.pattern = written.pattern | replace('\\p{' ~ script ~ '}', '\\p{Is' ~ script ~ '}') -%}
    {%- endfor -%}
    {%- set border -%}
        (?:(?<=[0-9A-Za-z_])(?![0-9A-Za-z_])|(?<![0-9A-Za-z_])(?=[0-9A-Za-z_]))
    {%- endset -%}
    {{ return(written.pattern | replace('\\b', border) | replace('\\', '\\\\')) }}
{%- endmacro %}
