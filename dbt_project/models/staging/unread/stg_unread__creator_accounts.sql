-- written by `make format` from the models that feed the stream (meta: stream)
with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'creator_accounts') }}
)

{{ typed_rows(stream_creator_accounts(), 'unread') }}
