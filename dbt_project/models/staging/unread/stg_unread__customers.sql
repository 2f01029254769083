with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'customers') }}
)

{{ typed_rows(stream_customers(), 'unread') }}
