with unread as (
    select * from {{ ref('stg_unread__creators') }}
)

select
    {{ staged_columns(stream_creators()) }}
from unread
where reject_reason is null
