with parsed as (
    select
        landed,
        query,
        fetched_at,
        json_transform(record, '{
            "uri": "VARCHAR",
            "author": {"did": "VARCHAR", "handle": "VARCHAR"},
            "record": {
                "createdAt": "VARCHAR",
                "text": "VARCHAR",
                "langs": ["VARCHAR"],
                "tags": ["VARCHAR"],
                "facets": [{"features": [{"tag": "VARCHAR", "uri": "VARCHAR"}]}]
            },
            "embed": {"$type": "VARCHAR", "external": {"uri": "VARCHAR"}}
        }') as post
    from records
),

marked as (
    select
        parsed.landed,
        parsed.query,
        parsed.fetched_at,
        parsed.post,
        flatten(list_transform(parsed.post.record.facets, lambda facet: facet.features)) as features
    from parsed
)

select
    marked.landed,
    'bluesky' as platform,
    marked.post.uri as native_post_id,
    marked.fetched_at as observed_at,
    marked.post.author.did as native_account_id,
    marked.post.author.handle,
    marked.post.record.createdat as published_at,
    marked.post.record.text,
    case regexp_extract(marked.post.embed['$type'], '^app[.]bsky[.]embed[.](\w+)', 1)
        when 'images' then 'image'
        when 'video' then 'video'
        when 'external' then 'link'
        else 'text'
    end as content_type,
    'https://bsky.app/profile/' || marked.post.author.did || '/post/'
    || regexp_extract(marked.post.uri, '[^/]+$') as permalink,
    marked.post.record.langs[1] as language,
    list_concat(
        list_transform(marked.features, lambda feature: feature.tag), marked.post.record.tags
    ) as hashtags,
    list_append(
        list_transform(marked.features, lambda feature: feature.uri), marked.post.embed.external.uri
    ) as urls,
    {{ found_by('marked.query') }} as found_by
from marked
