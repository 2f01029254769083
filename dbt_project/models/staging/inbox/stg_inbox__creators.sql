select * exclude (reject_reason)
from {{ ref('stg_unread__creators') }}
where reject_reason is null
