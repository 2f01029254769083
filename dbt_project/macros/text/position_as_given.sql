{#-
    The place in a text of what stands at `position` of the same text in NFC, both counted from 1:
    they differ where a letter and its mark were written as two characters.
-#}
{% macro position_as_given(x, position) -%}
    case
        when nfc_normalize({{ x }}) = {{ x }} then {{ position }}
        else list_min(list_filter(
            range(1, length({{ x }}) + 1),
            lambda given_place: length(nfc_normalize(left({{ x }}, given_place))) >= {{ position }}
        ))
    end
{%- endmacro %}
