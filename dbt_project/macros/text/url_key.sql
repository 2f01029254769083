{#-
    What two URLs of one post have in common: the host in lower case without `www.` or `m.`, the
    path without a last `/`, no query and no fragment; of YouTube's `watch?v=`, `youtu.be/` and
    `shorts/` the video id. NULL where there is no host.
-#}
{% macro url_key(x) -%}
    case
        when regexp_matches({{ x }}, '^\s*(?i:https?://)?(?i:www\.|m\.)?(?i:youtube\.com)/watch/?\?(?:[^#]*&)?v=[^&#\s]')
            then 'youtube.com/watch?v=' || regexp_extract({{ x }}, '[?&]v=([^&#\s]+)', 1)
        when regexp_matches({{ x }}, '^\s*(?i:https?://)?(?i:www\.|m\.)?(?i:youtu\.be/|youtube\.com/shorts/)[^/?#\s]')
            then 'youtube.com/watch?v='
                || regexp_extract({{ x }}, '(?i:youtu\.be/|youtube\.com/shorts/)([^/?#\s]+)', 1)
        else regexp_replace({{ url_host(x) }}, '^(?:www|m)\.', '')
            || rtrim(regexp_extract(
                regexp_replace({{ x }}, '^\s*(?:[A-Za-z][A-Za-z0-9+.\-]*://)?', ''),
                '^[^/?#\s]+(/[^?#\s]*)',
                1
            ), '/')
    end
{%- endmacro %}
