select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__recommendations') }}
where reject_reason is null
