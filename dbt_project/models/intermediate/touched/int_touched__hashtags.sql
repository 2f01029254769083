with int_touched__hashtag_days as (
    select * from {{ ref('int_touched__hashtag_days') }}
)

select distinct hashtag
from int_touched__hashtag_days
where is_moved
