with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'payments') }}
)

{{ typed_rows(stream_payments(), 'unread') }}
