with unread as (
    select * from {{ ref('stg_unread__orders') }}
)

select
    {{ staged_columns(stream_orders()) }}
from unread
where reject_reason is null
