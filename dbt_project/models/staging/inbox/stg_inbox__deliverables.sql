select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__deliverables') }}
where reject_reason is null
