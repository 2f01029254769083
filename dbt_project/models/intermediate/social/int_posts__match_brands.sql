{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    unique_key=['post_id', 'brand_id', 'kind'],
    meta={'touched': 'int_touched__posts_seen', 'touched_key': ['post_id']},
) }}

with touched as (
    select * from {{ ref('int_touched__posts_seen') }}
),

posts as (
    select *
    from {{ ref('int_posts__fold_versions') }}
    where
        not is_repost
    {% if is_incremental() %}
            and post_id in (select touched.post_id from touched)
        {% endif %}
),

brand_handles as (
    select * from {{ source('config', 'brand_handles') }}
),

brand_hashtags as (
    select * from {{ source('config', 'brand_hashtags') }}
),

brand_domains as (
    select * from {{ source('config', 'brand_domains') }}
),

mentions as (
    select
        post_id,
        platform,
        native_post_id,
        {{ exploded('mentions') }} as handle
    from posts
),

-- where handles name their server, a bare user is one of the server that the post is on
full_handles as (
    select
        post_id,
        platform,
        handle
    from mentions
    union all
    select
        post_id,
        platform,
        handle || '@' || {{ url_host('native_post_id') }} as handle
    from mentions
    where {{ platform_fact('names_servers', 'platform') }} and not contains(handle, '@')
),

hashtags as (
    select
        post_id,
        {{ exploded('hashtags') }} as hashtag
    from posts
),

folded_texts as (
    select
        post_id,
        {{ fold_text(without_urls('text')) }} as folded_text
    from posts
    where text is not null
),

named_brands as (
    select
        post_id,
        {{ brands_named_in('folded_text') }} as brand_ids
    from folded_texts
),

urls as (
    select
        post_id,
        {{ exploded('urls') }} as url
    from posts
),

hosts as (
    select
        post_id,
        {{ url_host('url') }} as link_host
    from urls
),

matches as (
    select
        full_handles.post_id,
        brand_handles.brand_id,
        'tag' as kind
    from full_handles
    inner join brand_handles
        on
            full_handles.platform = brand_handles.platform
            and full_handles.handle = brand_handles.handle
    union all
    select
        hashtags.post_id,
        brand_hashtags.brand_id,
        'hashtag' as kind
    from hashtags
    inner join brand_hashtags on hashtags.hashtag = brand_hashtags.hashtag
    union all
    select
        post_id,
        {{ exploded('brand_ids') }} as brand_id,
        'keyword' as kind
    from named_brands
    union all
    select
        hosts.post_id,
        brand_domains.brand_id,
        'link' as kind
    from hosts
    inner join brand_domains
        on
            hosts.link_host = brand_domains.domain
            or right(hosts.link_host, length(brand_domains.domain) + 1)
            = '.' || brand_domains.domain
)

select distinct
    post_id,
    brand_id,
    kind
from matches
