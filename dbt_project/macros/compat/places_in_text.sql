{#-
    The first place of a text, from 1, for which a condition on `name` holds; NULL where it does for none.
    Spark's sequence counts down where its end lies before its start.
-#}
{% macro first_place(x, name, condition) -%}
    {{ return(adapter.dispatch('first_place', 'reachline')(x, name, condition)) }}
{%- endmacro %}

{% macro duckdb__first_place(x, name, condition) -%}
    list_min(list_filter(range(1, length({{ x }}) + 1), lambda {{ name }}: {{ condition }}))
{%- endmacro %}

{% macro spark__first_place(x, name, condition) -%}
    cast(case
        when length({{ x }}) > 0
            then array_min(filter(sequence(1, length({{ x }})), {{ name }} -> {{ condition }}))
    end as bigint)
{%- endmacro %}

{#-
    The places, from 1, of a term in a text of which `marked_text` is the marked form and `marked` the term's
    (mark_words). Spark splits by a pattern.
-#}
{% macro places_of_text(marked_text, marked, term) -%}
    {{ return(adapter.dispatch('places_of_text', 'reachline')(marked_text, marked, term)) }}
{%- endmacro %}

{% macro duckdb__places_of_text(marked_text, marked, term) -%}
    {%- set lengths -%}
        list_transform(
            string_split({{ marked_text }}, {{ marked }}),
            lambda piece: length(replace(piece, chr(1), ''))
        )
    {%- endset -%}
    list_transform(
        range(1, len({{ lengths }})),
        lambda term_number: cast(
            1 + list_sum({{ lengths }}[1:term_number]) + (term_number - 1) * length({{ term }})
            as bigint
        )
    )
{%- endmacro %}

{% macro spark__places_of_text(marked_text, marked, term) -%}
    {%- set lengths -%}
        transform(
            split({{ marked_text }}, '\\Q' || replace({{ marked }}, '\\E', '\\E\\\\E\\Q') || '\\E'),
            piece -> length(replace(piece, chr(1), ''))
        )
    {%- endset -%}
    case
        when size({{ lengths }}) > 1
            then transform(
                sequence(1, size({{ lengths }}) - 1),
                term_number -> cast(
                    1 + aggregate(slice({{ lengths }}, 1, term_number), 0, (total, each) -> total + each)
                    + (term_number - 1) * length({{ term }})
                    as bigint
                )
            )
        when {{ marked_text }} is not null then cast(array() as array<bigint>)
    end
{%- endmacro %}
