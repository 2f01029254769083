with unread as (
    select * from {{ ref('stg_unread__kept_daily') }}
)

select
    {{ staged_columns(stream_kept_daily()) }}
from unread
where reject_reason is null
