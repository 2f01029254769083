with unread as (
    select * from {{ source('inbox', 'events') }}
)

{{ typed_rows(stream_events(), 'unread') }}
