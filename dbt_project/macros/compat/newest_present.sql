{#-
    Of the versions of a key at one source, the newest value of a column that was in its file (a
    file is a delta: a column that it lacks keeps its value), with its place among all versions.
    `of`: the column of the stream that it is made of, where that has another name. Needs
    `version_number` and `absent_columns`. Spark has no struct_pack.
-#}
{% macro newest_present(column, of=none) -%}
    {{ return(adapter.dispatch('newest_present', 'reachline')(column, of)) }}
{%- endmacro %}

{% macro duckdb__newest_present(column, of) -%}
    max_by(struct_pack(value := {{ column }}, version := version_number), version_number)
        filter (where not array_contains(absent_columns, '{{ of or column }}'))
{%- endmacro %}

{% macro spark__newest_present(column, of) -%}
    max_by(named_struct('value', {{ column }}, 'version', version_number), version_number)
        filter (where not array_contains(absent_columns, '{{ of or column }}'))
{%- endmacro %}

{#-
    Of the values that newest_present found at each source, the newest that is not NULL. Spark has no
    struct_extract.
-#}
{% macro newest_known(column) -%}
    {{ return(adapter.dispatch('newest_known', 'reachline')(column)) }}
{%- endmacro %}

{% macro duckdb__newest_known(column) -%}
    max_by(struct_extract({{ column }}, 'value'), struct_extract({{ column }}, 'version'))
        filter (where struct_extract({{ column }}, 'value') is not null)
{%- endmacro %}

{% macro spark__newest_known(column) -%}
    max_by({{ column }}.value, {{ column }}.version) filter (where {{ column }}.value is not null)
{%- endmacro %}
