with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'payments') }}
)

{{ typed_rows(stream_payments(), 'unread') }}
