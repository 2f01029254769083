with unread as (
    select * from {{ source('inbox', 'outreach') }}
)

{{ typed_rows(stream_outreach(), 'unread') }}
