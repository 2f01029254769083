select * exclude (reject_reason)
from {{ ref('stg_unread__events') }}
where reject_reason is null
