with unread as (
    select * from {{ ref('stg_unread__fx_rates') }}
)

select
    {{ staged_columns(stream_fx_rates()) }}
from unread
where reject_reason is null
