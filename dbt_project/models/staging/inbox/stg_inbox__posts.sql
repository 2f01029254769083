with unread as (
    select * from {{ ref('stg_unread__posts') }}
)

select
    {{ staged_columns(stream_posts()) }}
from unread
where reject_reason is null
