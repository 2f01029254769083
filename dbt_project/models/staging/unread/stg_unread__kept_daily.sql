-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select * from {{ source('inbox', 'kept_daily') }}
    union all by name
    select
        *,
        'retention' as source,
        'stg_retention__kept_daily' as mapped_by
    from {{ ref('stg_retention__kept_daily') }}
)

{{ typed_rows(stream_kept_daily(), 'unread') }}
