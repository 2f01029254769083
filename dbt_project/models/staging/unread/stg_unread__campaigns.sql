with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'campaigns') }}
)

{{ typed_rows(stream_campaigns(), 'unread') }}
