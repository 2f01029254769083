with unread as (
    select * from {{ ref('stg_unread__post_metrics') }}
)

select
    {{ staged_columns(stream_post_metrics()) }}
from unread
where reject_reason is null
