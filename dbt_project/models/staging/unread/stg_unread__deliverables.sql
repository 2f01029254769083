with unread as (
    select *, cast(null as varchar) as mapping
    from {{ source('inbox', 'deliverables') }}
)

{{ typed_rows(stream_deliverables(), 'unread') }}
