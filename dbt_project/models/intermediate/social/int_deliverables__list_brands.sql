-- the brands whose live collaborations have a post among their deliverables
select distinct
    {{ url_key('deliverables.post_url') }} as post_url_key,
    live.collaboration_id,
    live.brand_id
from {{ merged('deliverables') }} as deliverables
inner join {{ ref('int_collaborations__live') }} as live
    on deliverables.collaboration_id = live.collaboration_id
where {{ url_key('deliverables.post_url') }} is not null
