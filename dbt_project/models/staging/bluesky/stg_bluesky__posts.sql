with records as (
    select * from {{ source('bluesky', 'posts') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        query,
        fetched_at,
        json_transform(record, '{
            "uri": "VARCHAR",
            "indexedAt": "VARCHAR",
            "author": {"did": "VARCHAR", "handle": "VARCHAR"},
            "record": {
                "createdAt": "VARCHAR",
                "text": "VARCHAR",
                "langs": ["VARCHAR"],
                "tags": ["VARCHAR"],
                "facets": [{"features": [{"tag": "VARCHAR", "uri": "VARCHAR", "did": "VARCHAR"}]}]
            },
            "embed": {
                "$type": "VARCHAR",
                "external": {"uri": "VARCHAR"},
                "media": {"$type": "VARCHAR", "external": {"uri": "VARCHAR"}}
            }
        }') as post
    from records
),

marked as (
    select
        parsed.batch_id,
        parsed.landing_sequence,
        parsed.line,
        parsed.query,
        parsed.fetched_at,
        parsed.post,
        flatten(list_transform(parsed.post.record.facets, lambda facet: facet.features)) as features
    from parsed
),

listed as (
    select
        marked.*,
        list_concat(
            list_transform(marked.features, lambda feature: feature.tag), marked.post.record.tags
        ) as hashtags,
        list_append(
            list_transform(marked.features, lambda feature: feature.uri),
            coalesce(marked.post.embed.external.uri, marked.post.embed.media.external.uri)
        ) as urls,
        list_transform(
            list_filter(marked.features, lambda feature: feature.did is not null),
            lambda feature: feature.did
        ) as mentions,
        -- a quote with media holds them below
        coalesce(marked.post.embed.media['$type'], marked.post.embed['$type']) as embedded
    from marked
)

select
    listed.batch_id,
    listed.landing_sequence,
    listed.line,
    'bluesky' as platform,
    listed.post.uri as native_post_id,
    listed.fetched_at as observed_at,
    listed.post.author.did as native_account_id,
    {{ bluesky_handle('listed.post.author.handle') }} as handle,
    {{ bluesky_sort_at('listed.post.record.createdat', 'listed.post.indexedat') }} as published_at,
    listed.post.record.text,
    case regexp_extract(listed.embedded, '^app[.]bsky[.]embed[.](\w+)', 1)
        when 'images' then 'image'
        when 'gallery' then 'image'
        when 'video' then 'video'
        when 'external' then 'link'
        else 'text'
    end as content_type,
    'https://bsky.app/profile/' || listed.post.author.did || '/post/'
    || regexp_extract(listed.post.uri, '[^/]+$') as permalink,
    listed.post.record.langs[1] as language,
    {{ json_list('listed.hashtags') }} as hashtags,
    {{ json_list('listed.mentions') }} as mentions,
    {{ json_list('listed.urls') }} as urls,
    {{ found_by('listed.query') }} as found_by
from listed
