{#-
    The query that surfaced a post, such as hashtag:coffee; NULL for those that ask for an account's
    posts or read posts again, since these surface nothing.
-#}
{% macro found_by(query) -%}
    case when regexp_matches({{ query }}, '^(hashtag|keyword|mention|subreddit):') then {{ query }} end
{%- endmacro %}
