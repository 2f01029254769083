with unread as (
    select * from {{ ref('stg_unread__customers') }}
)

select
    {{ staged_columns(stream_customers()) }}
from unread
where reject_reason is null
