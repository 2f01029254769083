select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__events') }}
where reject_reason is null
