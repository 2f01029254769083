with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'creators') }}
)

{{ typed_rows(stream_creators(), 'unread') }}
