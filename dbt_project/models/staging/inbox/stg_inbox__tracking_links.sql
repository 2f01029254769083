select * exclude (reject_reason)
from {{ ref('stg_unread__tracking_links') }}
where reject_reason is null
