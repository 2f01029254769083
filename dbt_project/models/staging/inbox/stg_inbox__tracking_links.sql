with unread as (
    select * from {{ ref('stg_unread__tracking_links') }}
)

select
    {{ staged_columns(stream_tracking_links()) }}
from unread
where reject_reason is null
