with unread as (
    select * from {{ ref('stg_unread__recommendations') }}
)

select
    {{ staged_columns(stream_recommendations()) }}
from unread
where reject_reason is null
