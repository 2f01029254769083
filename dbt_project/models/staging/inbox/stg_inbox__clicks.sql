with unread as (
    select * from {{ ref('stg_unread__clicks') }}
)

select
    {{ staged_columns(stream_clicks()) }}
from unread
where reject_reason is null
