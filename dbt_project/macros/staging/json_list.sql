{#- A list as files have it, as the text of a JSON array: what a mapping passes on of a list. -#}
{% macro json_list(list) -%}
    cast(to_json({{ list }}) as varchar)
{%- endmacro %}
