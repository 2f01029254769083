select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__payments') }}
where reject_reason is null
