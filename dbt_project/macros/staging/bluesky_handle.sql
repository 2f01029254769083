{#-
    A handle; NULL for `handle.invalid`, which stands for every handle that can't be resolved at the
    moment, as in an outage: https://atproto.com/specs/handle.
-#}
{% macro bluesky_handle(handle) -%}
    nullif(lower({{ handle }}), 'handle.invalid')
{%- endmacro %}
