{#-
    The place in a text of what stands at `position` of the same text in NFC, both counted from 1:
    they differ where a letter and its mark were written as two characters.
-#}
{% macro position_as_given(x, position) -%}
    case
        when {{ nfc(x) }} = {{ x }} then {{ position }}
        else {{ first_place(
            x, 'given_place', 'length(' ~ nfc('left(' ~ x ~ ', given_place)') ~ ') >= ' ~ position
        ) }}
    end
{%- endmacro %}
