select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__post_metrics') }}
where reject_reason is null
