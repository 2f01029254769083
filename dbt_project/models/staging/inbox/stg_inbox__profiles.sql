select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__profiles') }}
where reject_reason is null
