select * exclude (reject_reason)
from {{ ref('stg_unread__clicks') }}
where reject_reason is null
