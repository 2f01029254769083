with batches_read as (
    select * from {{ source('staging_ops', 'batches_read') }}
),

batches as (
    select * from {{ source('landing', 'batches') }}
)

select batch_id
from batches_read
where {{ is_new('read_seq') }}
union
select batch_id
from batches
where is_held
