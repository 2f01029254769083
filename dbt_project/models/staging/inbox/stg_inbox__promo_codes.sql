select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__promo_codes') }}
where reject_reason is null
