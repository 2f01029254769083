select * exclude (reject_reason)
from {{ ref('stg_unread__promo_codes') }}
where reject_reason is null
