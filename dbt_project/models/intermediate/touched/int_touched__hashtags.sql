select distinct hashtag
from {{ ref('int_touched__hashtag_days') }}
where is_moved
