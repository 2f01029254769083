select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__creators') }}
where reject_reason is null
