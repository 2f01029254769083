with unread as (
    select * from {{ source('inbox', 'creators') }}
)

{{ typed_rows(stream_creators(), 'unread') }}
