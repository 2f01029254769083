with unread as (
    select * from {{ ref('stg_unread__payments') }}
)

select
    {{ staged_columns(stream_payments()) }}
from unread
where reject_reason is null
