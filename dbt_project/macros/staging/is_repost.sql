{#- Whether a post of X is another's, passed on; newer answers say post where older ones say tweet. -#}
{% macro is_repost(post) -%}
    list_contains(
        list_transform(
            list_concat({{ post }}.referenced_tweets, {{ post }}.referenced_posts),
            lambda reference: coalesce(reference.type, '')
        ),
        'retweeted'
    )
{%- endmacro %}
