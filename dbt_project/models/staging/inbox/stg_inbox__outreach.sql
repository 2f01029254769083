select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__outreach') }}
where reject_reason is null
