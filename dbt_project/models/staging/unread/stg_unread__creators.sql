with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'creators') }}
)

{{ typed_rows(stream_creators(), 'unread') }}
