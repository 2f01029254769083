select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__refunds') }}
where reject_reason is null
