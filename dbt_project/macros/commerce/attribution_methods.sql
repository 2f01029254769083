{#- The ways of giving an order's credit to its touches, as rows. -#}
{% macro attribution_methods() -%}
    (
        values
            ('code_then_click'),
            ('first_touch'),
            ('last_touch'),
            ('linear'),
            ('position_based'),
            ('shapley'),
            ('time_decay')
    )
{%- endmacro %}
