{#- What a media is, in the words of people: reel, story, image, video or carousel. -#}
{% macro instagram_content_type(product, kind) -%}
    case
        when {{ product }} = 'REELS' then 'reel'
        when {{ product }} = 'STORY' then 'story'
        when {{ kind }} = 'CAROUSEL_ALBUM' then 'carousel'
        else lower({{ kind }})
    end
{%- endmacro %}
