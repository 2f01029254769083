-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select * from {{ source('inbox', 'posts') }}
    union all by name
    select
        *,
        'bluesky' as source,
        'stg_bluesky__posts' as mapped_by
    from {{ ref('stg_bluesky__posts') }}
    union all by name
    select
        *,
        'bluesky' as source,
        'stg_bluesky__posts_missing' as mapped_by
    from {{ ref('stg_bluesky__posts_missing') }}
    union all by name
    select
        *,
        'instagram' as source,
        'stg_instagram__posts' as mapped_by
    from {{ ref('stg_instagram__posts') }}
    union all by name
    select
        *,
        'instagram' as source,
        'stg_instagram__posts_discovered' as mapped_by
    from {{ ref('stg_instagram__posts_discovered') }}
    union all by name
    select
        *,
        'mastodon' as source,
        'stg_mastodon__posts' as mapped_by
    from {{ ref('stg_mastodon__posts') }}
    union all by name
    select
        *,
        'reddit' as source,
        'stg_reddit__posts' as mapped_by
    from {{ ref('stg_reddit__posts') }}
    union all by name
    select
        *,
        'reddit' as source,
        'stg_reddit__posts_missing' as mapped_by
    from {{ ref('stg_reddit__posts_missing') }}
    union all by name
    select
        *,
        'threads' as source,
        'stg_threads__posts' as mapped_by
    from {{ ref('stg_threads__posts') }}
    union all by name
    select
        *,
        'threads' as source,
        'stg_threads__posts_missing' as mapped_by
    from {{ ref('stg_threads__posts_missing') }}
    union all by name
    select
        *,
        'tiktok' as source,
        'stg_tiktok__posts' as mapped_by
    from {{ ref('stg_tiktok__posts') }}
    union all by name
    select
        *,
        'tiktok' as source,
        'stg_tiktok__posts_missing' as mapped_by
    from {{ ref('stg_tiktok__posts_missing') }}
    union all by name
    select
        *,
        'x' as source,
        'stg_x__posts' as mapped_by
    from {{ ref('stg_x__posts') }}
    union all by name
    select
        *,
        'x' as source,
        'stg_x__posts_missing' as mapped_by
    from {{ ref('stg_x__posts_missing') }}
    union all by name
    select
        *,
        'youtube' as source,
        'stg_youtube__posts' as mapped_by
    from {{ ref('stg_youtube__posts') }}
    union all by name
    select
        *,
        'youtube' as source,
        'stg_youtube__posts_found' as mapped_by
    from {{ ref('stg_youtube__posts_found') }}
    union all by name
    select
        *,
        'youtube' as source,
        'stg_youtube__posts_missing' as mapped_by
    from {{ ref('stg_youtube__posts_missing') }}
)

{{ typed_rows(stream_posts(), 'unread') }}
