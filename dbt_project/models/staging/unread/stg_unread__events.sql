with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'events') }}
)

{{ typed_rows(stream_events(), 'unread') }}
