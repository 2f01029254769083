with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'outreach') }}
)

{{ typed_rows(stream_outreach(), 'unread') }}
