with unread as (
    select * from {{ ref('stg_unread__refunds') }}
)

select
    {{ staged_columns(stream_refunds()) }}
from unread
where reject_reason is null
