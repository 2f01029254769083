with unread as (
    select * from {{ ref('stg_unread__events') }}
)

select
    {{ staged_columns(stream_events()) }}
from unread
where reject_reason is null
