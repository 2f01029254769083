select * exclude (reject_reason)
from {{ ref('stg_unread__outreach') }}
where reject_reason is null
