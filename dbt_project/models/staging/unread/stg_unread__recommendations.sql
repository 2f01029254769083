-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'recommendations') }}
)

{{ typed_rows(stream_recommendations(), 'unread') }}
