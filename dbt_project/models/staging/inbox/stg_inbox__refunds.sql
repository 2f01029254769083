select * exclude (reject_reason)
from {{ ref('stg_unread__refunds') }}
where reject_reason is null
