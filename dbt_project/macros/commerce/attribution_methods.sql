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

{#- The one that reports show when nobody asks for another. -#}
{% macro default_attribution_method() -%}
    'code_then_click'
{%- endmacro %}
