select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__fx_rates') }}
where reject_reason is null
