with records as (
    select * from {{ source('reddit', 'posts') }}
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
            "author": "VARCHAR",
            "author_fullname": "VARCHAR",
            "created_utc": "VARCHAR",
            "title": "VARCHAR",
            "selftext": "VARCHAR",
            "permalink": "VARCHAR",
            "url_overridden_by_dest": "VARCHAR",
            "post_hint": "VARCHAR",
            "is_self": "BOOLEAN",
            "is_video": "BOOLEAN",
            "is_gallery": "BOOLEAN",
            "removed_by_category": "VARCHAR"
        }') as post
    from records
),

judged as (
    select
        parsed.*,
        coalesce(
            parsed.post.removed_by_category is not null
            or parsed.post.author = '[deleted]'
            or parsed.post.selftext in ('[deleted]', '[removed]'),
            false
        ) as is_gone
    from parsed
)

select
    judged.batch_id,
    judged.landing_sequence,
    judged.line,
    'reddit' as platform,
    judged.post.id as native_post_id,
    judged.fetched_at as observed_at,
    judged.is_gone as is_deleted,
    case when judged.is_gone then left(judged.fetched_at, 10) end as deleted_on,
    coalesce(
        cast(
            make_timestamp(cast(try_cast(judged.post.created_utc as double) * 1000000 as bigint))
            as varchar
        ),
        judged.post.created_utc
    ) as published_at,
    case when not judged.is_gone then judged.post.author_fullname end as native_account_id,
    case when not judged.is_gone then judged.post.author end as handle,
    case
        when not judged.is_gone
            then concat_ws(chr(10) || chr(10), judged.post.title, nullif(judged.post.selftext, ''))
    end as text,
    case when not judged.is_gone then 'https://www.reddit.com' || judged.post.permalink end
        as permalink,
    case
        when judged.post.is_gallery then 'carousel'
        when judged.post.is_video or contains(judged.post.post_hint, 'video') then 'video'
        when judged.post.post_hint = 'image' then 'image'
        when judged.post.is_self then 'text'
        else 'link'
    end as content_type,
    case
        when not judged.is_gone then {{ json_list('[judged.post.url_overridden_by_dest]') }}
    end as urls,
    {{ found_by('judged.query') }} as found_by
from judged
