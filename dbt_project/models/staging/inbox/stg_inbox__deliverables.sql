select * exclude (reject_reason)
from {{ ref('stg_unread__deliverables') }}
where reject_reason is null
