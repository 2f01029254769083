with unread as (
    select * from {{ ref('stg_unread__creator_accounts') }}
)

select
    {{ staged_columns(stream_creator_accounts()) }}
from unread
where reject_reason is null
