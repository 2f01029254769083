-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select * from {{ source('inbox', 'post_metrics') }}
    union all by name
    select
        *,
        'bluesky' as source,
        'stg_bluesky__post_metrics' as mapped_by
    from {{ ref('stg_bluesky__post_metrics') }}
    union all by name
    select
        *,
        'instagram' as source,
        'stg_instagram__post_metrics' as mapped_by
    from {{ ref('stg_instagram__post_metrics') }}
    union all by name
    select
        *,
        'instagram' as source,
        'stg_instagram__post_metrics_discovered' as mapped_by
    from {{ ref('stg_instagram__post_metrics_discovered') }}
    union all by name
    select
        *,
        'instagram' as source,
        'stg_instagram__post_metrics_insights' as mapped_by
    from {{ ref('stg_instagram__post_metrics_insights') }}
    union all by name
    select
        *,
        'mastodon' as source,
        'stg_mastodon__post_metrics' as mapped_by
    from {{ ref('stg_mastodon__post_metrics') }}
    union all by name
    select
        *,
        'reddit' as source,
        'stg_reddit__post_metrics' as mapped_by
    from {{ ref('stg_reddit__post_metrics') }}
    union all by name
    select
        *,
        'threads' as source,
        'stg_threads__post_metrics' as mapped_by
    from {{ ref('stg_threads__post_metrics') }}
    union all by name
    select
        *,
        'tiktok' as source,
        'stg_tiktok__post_metrics' as mapped_by
    from {{ ref('stg_tiktok__post_metrics') }}
    union all by name
    select
        *,
        'x' as source,
        'stg_x__post_metrics' as mapped_by
    from {{ ref('stg_x__post_metrics') }}
    union all by name
    select
        *,
        'youtube' as source,
        'stg_youtube__post_metrics' as mapped_by
    from {{ ref('stg_youtube__post_metrics') }}
)

{{ typed_rows(stream_post_metrics(), 'unread') }}
