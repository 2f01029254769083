select * exclude (reject_reason)
from {{ ref('stg_unread__creator_accounts') }}
where reject_reason is null
