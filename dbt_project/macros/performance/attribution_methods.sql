{#- The attribution methods as a subquery: method, is_default_method. -#}
{% macro attribution_methods() -%}
    (
        select
            methods.method,
            methods.method = 'code_then_click' as is_default_method
        from (
            values
            ('code_then_click'),
            ('last_touch'),
            ('first_touch'),
            ('linear'),
            ('position_based'),
            ('time_decay'),
            ('shapley')
        ) as methods (method)
    )
{%- endmacro %}
