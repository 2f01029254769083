with unread as (
    select * from {{ source('inbox', 'campaigns') }}
)

{{ typed_rows(stream_campaigns(), 'unread') }}
