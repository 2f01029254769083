select * exclude (reject_reason, mapping)
from {{ ref('stg_unread__collaborations') }}
where reject_reason is null
