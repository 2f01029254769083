select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__orders') }}
where reject_reason is null
