with unread as (
    select * from {{ ref('stg_unread__campaigns') }}
)

select
    {{ staged_columns(stream_campaigns()) }}
from unread
where reject_reason is null
