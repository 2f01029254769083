with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'collaborations') }}
)

{{ typed_rows(stream_collaborations(), 'unread') }}
