{#- account_id = platform:native_account_id. -#}
{% macro account_id(platform, native_account_id) -%}
    ({{ platform }} || ':' || {{ native_account_id }})
{%- endmacro %}

{#- post_id = platform:native_post_id, so that one post seen through two doors is one. -#}
{% macro post_id(platform, native_post_id) -%}
    ({{ platform }} || ':' || {{ native_post_id }})
{%- endmacro %}
