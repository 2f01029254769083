select batch_id
from {{ source('staging_ops', 'batches_read') }}
where {{ is_new('read_seq') }}
union
select batch_id
from {{ source('landing', 'batches') }}
where is_held
