select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__creator_accounts') }}
where reject_reason is null
