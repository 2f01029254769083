select * exclude (reject_reason)
from {{ ref('stg_unread__payments') }}
where reject_reason is null
