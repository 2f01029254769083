{#- A handle as people read it: one that names its server is no e-mail address, which the @ before it says. -#}
{% macro shown_handle(handle) -%}
    case when contains({{ handle }}, '@') then '@' || {{ handle }} else {{ handle }} end
{%- endmacro %}
