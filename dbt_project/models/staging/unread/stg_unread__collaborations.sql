with unread as (
    select * from {{ source('inbox', 'collaborations') }}
)

{{ typed_rows(stream_collaborations(), 'unread') }}
