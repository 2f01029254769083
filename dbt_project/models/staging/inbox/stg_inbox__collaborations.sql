with unread as (
    select * from {{ ref('stg_unread__collaborations') }}
)

select
    {{ staged_columns(stream_collaborations()) }}
from unread
where reject_reason is null
