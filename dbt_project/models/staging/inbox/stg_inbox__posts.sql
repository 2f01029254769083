select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__posts') }}
where reject_reason is null
