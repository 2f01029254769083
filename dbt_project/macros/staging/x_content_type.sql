{#-
    What is attached to a post of X, by the first of its media keys: these begin with the kind of the
    media, which is paid for apart. `media` is a kind that is not known.
-#}
{% macro x_content_type(media_key) -%}
    case
        when {{ media_key }} is null then 'text'
        when starts_with({{ media_key }}, '3_') then 'image'
        when starts_with({{ media_key }}, '7_') or starts_with({{ media_key }}, '13_') then 'video'
        when starts_with({{ media_key }}, '16_') then 'gif'
        else 'media'
    end
{%- endmacro %}
