select * exclude (reject_reason)
from {{ ref('stg_unread__post_metrics') }}
where reject_reason is null
