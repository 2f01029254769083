with unread as (
    select * from {{ source('inbox', 'customers') }}
)

{{ typed_rows(stream_customers(), 'unread') }}
