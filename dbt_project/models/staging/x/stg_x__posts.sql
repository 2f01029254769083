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
            "author_id": "VARCHAR",
            "created_at": "VARCHAR",
            "lang": "VARCHAR",
            "paid_partnership": "VARCHAR",
            "edit_history_tweet_ids": ["VARCHAR"],
            "edit_history_post_ids": ["VARCHAR"],
            "attachments": {"media_keys": ["VARCHAR"]},
            "referenced_tweets": [{"type": "VARCHAR"}],
            "referenced_posts": [{"type": "VARCHAR"}],
            "note_tweet": {
                "text": "VARCHAR",
                "entities": {
                    "hashtags": [{"tag": "VARCHAR"}],
                    "mentions": [{"username": "VARCHAR"}],
                    "urls": [{"expanded_url": "VARCHAR"}]
                }
            },
            "note_post": {
                "text": "VARCHAR",
                "entities": {
                    "hashtags": [{"tag": "VARCHAR"}],
                    "mentions": [{"username": "VARCHAR"}],
                    "urls": [{"expanded_url": "VARCHAR"}]
                }
            },
            "entities": {
                "hashtags": [{"tag": "VARCHAR"}],
                "mentions": [{"username": "VARCHAR"}],
                "urls": [{"expanded_url": "VARCHAR"}]
            }
        }') as post
    from records
),

versioned as (
    select
        parsed.*,
        coalesce(
            parsed.post.edit_history_post_ids, parsed.post.edit_history_tweet_ids, [parsed.post.id]
        ) as versions,
        -- of a long post the text, and what is marked in it, are cut
        case
            when parsed.post.note_post.text is not null then parsed.post.note_post
            when parsed.post.note_tweet.text is not null then parsed.post.note_tweet
            else struct_pack(text := parsed.post.text, entities := parsed.post.entities)
        end as written
    from parsed
)

select
    versioned.batch_id,
    versioned.landing_sequence,
    versioned.line,
    'x' as platform,
    versioned.versions[1] as native_post_id,
    versioned.fetched_at as observed_at,
    versioned.post.author_id as native_account_id,
    versioned.post.created_at as published_at,
    {{ x_content_type('versioned.post.attachments.media_keys[1]') }} as content_type,
    {{ unescaped('versioned.written.text') }} as text,
    'https://x.com/i/web/status/' || versioned.versions[-1] as permalink,
    case when versioned.post.lang not in ('und', 'zxx') then versioned.post.lang end as language,
    {{ json_list(
        'list_transform(versioned.written.entities.hashtags, lambda hashtag: hashtag.tag)'
    ) }} as hashtags,
    {{ json_list(
        'list_transform(versioned.written.entities.mentions, lambda mention: mention.username)'
    ) }} as mentions,
    {{ json_list(
        'list_transform(versioned.written.entities.urls, lambda link: link.expanded_url)'
    ) }} as urls,
    versioned.post.paid_partnership as is_paid_label,
    {{ found_by('versioned.query') }} as found_by
from versioned
where not {{ is_repost('versioned.post') }}
