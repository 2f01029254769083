with unread as (
    select * from {{ ref('stg_unread__outreach') }}
)

select
    {{ staged_columns(stream_outreach()) }}
from unread
where reject_reason is null
