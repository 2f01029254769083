-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select * from {{ source('inbox', 'profiles') }}
    union all by name
    select
        *,
        'bluesky' as source,
        'stg_bluesky__profiles' as mapped_by
    from {{ ref('stg_bluesky__profiles') }}
    union all by name
    select
        *,
        'instagram' as source,
        'stg_instagram__profiles' as mapped_by
    from {{ ref('stg_instagram__profiles') }}
    union all by name
    select
        *,
        'mastodon' as source,
        'stg_mastodon__profiles' as mapped_by
    from {{ ref('stg_mastodon__profiles') }}
    union all by name
    select
        *,
        'reddit' as source,
        'stg_reddit__profiles' as mapped_by
    from {{ ref('stg_reddit__profiles') }}
    union all by name
    select
        *,
        'threads' as source,
        'stg_threads__profiles' as mapped_by
    from {{ ref('stg_threads__profiles') }}
    union all by name
    select
        *,
        'threads' as source,
        'stg_threads__profiles_own' as mapped_by
    from {{ ref('stg_threads__profiles_own') }}
    union all by name
    select
        *,
        'tiktok' as source,
        'stg_tiktok__profiles' as mapped_by
    from {{ ref('stg_tiktok__profiles') }}
    union all by name
    select
        *,
        'x' as source,
        'stg_x__profiles' as mapped_by
    from {{ ref('stg_x__profiles') }}
    union all by name
    select
        *,
        'youtube' as source,
        'stg_youtube__profiles' as mapped_by
    from {{ ref('stg_youtube__profiles') }}
)

{{ typed_rows(stream_profiles(), 'unread') }}
