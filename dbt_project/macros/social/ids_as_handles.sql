{#-
    Accounts whose id may stand in a handle's place, with that id as it is compared: a query of
    `columns` of a relation with platform and account_id, and of `handle`.
-#}
{% macro ids_as_handles(relation, columns) -%}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        {{ lowered('substr(account_id, length(platform) + 2)') }} as handle
    from {{ relation }}
    where
        {{ platform_fact('account_ids', 'platform') }} <> ''
        and {{ regex_found(
            'substr(account_id, length(platform) + 2)',
            "'^(?:' || " ~ platform_fact('account_ids', 'platform') ~ " || ')$'"
        ) }}
{%- endmacro %}
