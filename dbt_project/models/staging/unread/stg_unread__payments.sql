with unread as (
    select * from {{ source('inbox', 'payments') }}
)

{{ typed_rows(stream_payments(), 'unread') }}
