with unread as (
    select * from {{ source('inbox', 'tracking_links') }}
)

{{ typed_rows(stream_tracking_links(), 'unread') }}
