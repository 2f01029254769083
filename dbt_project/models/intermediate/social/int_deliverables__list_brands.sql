-- the brands whose live collaborations have a post among their deliverables
with deliverables as (
    select * from {{ merged('deliverables') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
)

select distinct
    {{ url_key('deliverables.post_url') }} as post_url_key,
    live.collaboration_id,
    live.brand_id
from deliverables
inner join int_collaborations__live as live on deliverables.collaboration_id = live.collaboration_id
where {{ url_key('deliverables.post_url') }} is not null
