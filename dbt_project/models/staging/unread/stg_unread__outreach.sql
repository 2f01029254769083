with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'outreach') }}
)

{{ typed_rows(stream_outreach(), 'unread') }}
