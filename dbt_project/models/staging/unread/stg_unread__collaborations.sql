with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'collaborations') }}
)

{{ typed_rows(stream_collaborations(), 'unread') }}
