with records as (
    select * from {{ source('threads', 'posts') }}
),

parsed as (
    select
        batch_id,
        landing_sequence,
        line,
        query,
        fetched_at,
        json_transform(record, '{
            "id": "VARCHAR",
            "media_type": "VARCHAR",
            "permalink": "VARCHAR",
            "username": "VARCHAR",
            "text": "VARCHAR",
            "timestamp": "VARCHAR",
            "topic_tag": "VARCHAR",
            "link_attachment_url": "VARCHAR"
        }') as post
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'threads' as platform,
    parsed.post.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.post.username as native_account_id,
    parsed.post.username as handle,
    parsed.post.timestamp as published_at,
    parsed.post.text,
    parsed.post.permalink,
    case parsed.post.media_type
        when 'TEXT_POST' then 'text'
        when 'CAROUSEL_ALBUM' then 'carousel'
        else lower(parsed.post.media_type)
    end as content_type,
    {{ json_list('[parsed.post.topic_tag]') }} as hashtags,
    {{ json_list('[parsed.post.link_attachment_url]') }} as urls,
    {{ found_by('parsed.query') }} as found_by
from parsed
