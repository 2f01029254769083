with brands as (
    select * from {{ source('config', 'brands') }}
)

select
    brand_id,
    brand_name,
    role
from brands
