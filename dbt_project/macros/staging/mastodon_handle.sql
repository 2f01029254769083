{#- A handle with its server: servers leave it out of the `acct` of their own accounts. -#}
{% macro mastodon_handle(acct, address) -%}
    case
        when {{ acct }} like '%@%' then {{ acct }}
        else {{ acct }} || '@' || regexp_extract({{ address }}, '^https?://([^/]+)', 1)
    end
{%- endmacro %}
