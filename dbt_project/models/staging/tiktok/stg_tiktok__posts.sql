with records as (
    select * from {{ source('tiktok', 'videos') }}
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
            "username": "VARCHAR",
            "create_time": "VARCHAR",
            "title": "VARCHAR",
            "video_description": "VARCHAR",
            "hashtag_names": ["VARCHAR"],
            "share_url": "VARCHAR"
        }') as video
    from records
),

authored as (
    select
        parsed.batch_id,
        parsed.landing_sequence,
        parsed.line,
        parsed.query,
        parsed.fetched_at,
        parsed.video,
        -- the Display API does not repeat whose videos were asked for
        coalesce(
            parsed.video.username, nullif(regexp_extract(parsed.query, '^account:(.+)$', 1), '')
        ) as username
    from parsed
)

select
    authored.batch_id,
    authored.landing_sequence,
    authored.line,
    'tiktok' as platform,
    authored.video.id as native_post_id,
    authored.fetched_at as observed_at,
    authored.username as handle,
    'video' as content_type,
    {{ json_list('authored.video.hashtag_names') }} as hashtags,
    coalesce(
        cast(make_timestamp(try_cast(authored.video.create_time as bigint) * 1000000) as varchar),
        authored.video.create_time
    ) as published_at,
    coalesce(authored.video.video_description, authored.video.title) as text,
    coalesce(
        authored.video.share_url,
        'https://www.tiktok.com/@' || authored.username || '/video/' || authored.video.id
    ) as permalink,
    {{ found_by('authored.query') }} as found_by
from authored
