select * exclude (reject_reason)
from {{ ref('stg_unread__recommendations') }}
where reject_reason is null
