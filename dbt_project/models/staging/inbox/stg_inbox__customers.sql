select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__customers') }}
where reject_reason is null
