select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__campaigns') }}
where reject_reason is null
