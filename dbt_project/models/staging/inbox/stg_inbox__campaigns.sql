select * exclude (reject_reason)
from {{ ref('stg_unread__campaigns') }}
where reject_reason is null
