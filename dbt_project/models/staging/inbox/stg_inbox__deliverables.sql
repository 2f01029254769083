with unread as (
    select * from {{ ref('stg_unread__deliverables') }}
)

select
    {{ staged_columns(stream_deliverables()) }}
from unread
where reject_reason is null
