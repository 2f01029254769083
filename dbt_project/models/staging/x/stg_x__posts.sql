with records as (
    select * from {{ source('x', 'posts') }}
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
            "text": "VARCHAR",
            "note_tweet": {"text": "VARCHAR"},
            "author_id": "VARCHAR",
            "created_at": "VARCHAR",
            "lang": "VARCHAR",
            "attachments": {"media_keys": ["VARCHAR"]},
            "referenced_tweets": [{"type": "VARCHAR"}],
            "referenced_posts": [{"type": "VARCHAR"}],
            "entities": {
                "hashtags": [{"tag": "VARCHAR"}],
                "mentions": [{"username": "VARCHAR"}],
                "urls": [{"expanded_url": "VARCHAR"}]
            }
        }') as post
    from records
)

select
    parsed.batch_id,
    parsed.landing_sequence,
    parsed.line,
    'x' as platform,
    parsed.post.id as native_post_id,
    parsed.fetched_at as observed_at,
    parsed.post.author_id as native_account_id,
    parsed.post.created_at as published_at,
    case when len(parsed.post.attachments.media_keys) > 0 then 'media' else 'text' end
        as content_type,
    coalesce(parsed.post.note_tweet.text, parsed.post.text) as text,
    'https://x.com/i/web/status/' || parsed.post.id as permalink,
    case when parsed.post.lang not in ('und', 'zxx') then parsed.post.lang end as language,
    {{ json_list('list_transform(parsed.post.entities.hashtags, lambda hashtag: hashtag.tag)') }}
        as hashtags,
    {{ json_list(
        'list_transform(parsed.post.entities.mentions, lambda mention: mention.username)'
    ) }} as mentions,
    {{ json_list('list_transform(parsed.post.entities.urls, lambda link: link.expanded_url)') }}
        as urls,
    {{ found_by('parsed.query') }} as found_by
from parsed
where not {{ is_repost('parsed.post') }}
