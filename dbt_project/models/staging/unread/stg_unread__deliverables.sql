with unread as (
    select * from {{ source('inbox', 'deliverables') }}
)

{{ typed_rows(stream_deliverables(), 'unread') }}
