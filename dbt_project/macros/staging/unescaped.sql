{#-
    A text in which entities of HTML are what they stand for (`&amp;`, `&#39;`, `&#x2615;`), each once:
    `&amp;lt;` is `&lt;`. What is no entity, or one of no character, stays as it is.

    Plain Jinja only (no dbt context): `reachline inbox check` renders it too.
-#}
{% macro unescaped(x) -%}
    {%- set entity = '&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,7});' -%}
    case
        when not contains({{ x }}, '&') or {{ x }} is null then {{ x }}
        else array_to_string(
            list_transform(
                list_zip(
                    string_split_regex({{ x }}, '{{ entity }}'),
                    regexp_extract_all({{ x }}, '{{ entity }}')
                ),
                lambda text_and_entity: concat(
                    text_and_entity[1],
                    coalesce({{ character_of('text_and_entity[2]') }}, text_and_entity[2])
                )
            ),
            ''
        )
    end
{%- endmacro %}

{#- The character that an entity stands for; NULL where there is none. -#}
{% macro character_of(entity) -%}
    list_transform(
        [
            case
                when lower({{ entity }}) like '&#x%'
                    then try_cast('0x' || {{ entity }}[4:-2] as integer)
                when {{ entity }} like '&#%' then try_cast({{ entity }}[3:-2] as integer)
                else {{ entity_codes() }}[list_position({{ entity_names() }}, {{ entity }}[2:-2])]
            end
        ],
        lambda code_point: case
            when code_point between 1 and 55295 or code_point between 57344 and 1114111
                then chr(code_point)
        end
    )[1]
{%- endmacro %}
