with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'customers') }}
)

{{ typed_rows(stream_customers(), 'unread') }}
