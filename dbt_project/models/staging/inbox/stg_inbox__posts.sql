select * exclude (reject_reason)
from {{ ref('stg_unread__posts') }}
where reject_reason is null
