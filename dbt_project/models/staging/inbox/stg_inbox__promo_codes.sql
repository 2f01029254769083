with unread as (
    select * from {{ ref('stg_unread__promo_codes') }}
)

select
    {{ staged_columns(stream_promo_codes()) }}
from unread
where reject_reason is null
