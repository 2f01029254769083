{#-
    What a content type is, by whichever name: CAROUSEL_ALBUM is carousel; unknown names
    stay, folded. `make format` writes this from configuration/content_types.py.
-#}
{% macro content_type_of(name) -%}
    {%- set folded = "regexp_replace(replace(replace(replace(lower(trim(" ~ name ~ ")), ' ', ''), '_', ''), '-', ''), '^(instagram|facebook|youtube|ig|fb)', '')" -%}
    case
        when {{ folded }} in ('album', 'carouselalbum', 'carouselcontainer', 'carousels', 'gallery', 'graphsidecar', 'sidecar', 'slideshow', 'xdtgraphsidecar') then 'carousel'
        when {{ folded }} in ('animatedgif', 'gifs') then 'gif'
        when {{ folded }} in ('graphimage', 'images', 'photo', 'photos', 'picture', 'pictures', 'xdtgraphimage') then 'image'
        when {{ folded }} in ('livestream', 'livevideo') then 'live'
        when {{ folded }} in ('clip', 'clips', 'reels') then 'reel'
        when {{ folded }} in ('shorts') then 'short'
        when {{ folded }} in ('stories') then 'story'
        when {{ folded }} in ('status', 'textpost') then 'text'
        when {{ folded }} in ('feedvideo', 'graphvideo', 'tv', 'videos', 'xdtgraphvideo') then 'video'
        else {{ folded }}
    end
{%- endmacro %}
