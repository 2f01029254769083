select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__clicks') }}
where reject_reason is null
