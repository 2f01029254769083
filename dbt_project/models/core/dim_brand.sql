select
    brand_id,
    brand_name,
    role
from {{ source('config', 'brands') }}
