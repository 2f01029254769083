select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__tracking_links') }}
where reject_reason is null
