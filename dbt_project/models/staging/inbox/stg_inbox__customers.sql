select * exclude (reject_reason)
from {{ ref('stg_unread__customers') }}
where reject_reason is null
