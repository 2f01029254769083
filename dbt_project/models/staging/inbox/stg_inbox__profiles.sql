with unread as (
    select * from {{ ref('stg_unread__profiles') }}
)

select
    {{ staged_columns(stream_profiles()) }}
from unread
where reject_reason is null
