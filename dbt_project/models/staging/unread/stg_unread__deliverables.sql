with unread as (
    select
        *,
        cast(null as varchar) as mapped_by
    from {{ source('inbox', 'deliverables') }}
)

{{ typed_rows(stream_deliverables(), 'unread') }}
