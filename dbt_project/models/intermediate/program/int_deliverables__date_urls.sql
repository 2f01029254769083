-- a collaboration that promised one post twice: the smallest deliverable_id says when it was due
with all_deliverables as (
    select * from {{ merged('deliverables') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

deliverables as (
    select
        {{ url_key('deliverables.post_url') }} as post_url_key,
        deliverables.collaboration_id,
        deliverables.deliverable_id,
        deliverables.due_on
    from all_deliverables as deliverables
    inner join int_collaborations__live as live
        on deliverables.collaboration_id = live.collaboration_id
)

select
    post_url_key,
    collaboration_id,
    min(deliverable_id) as deliverable_id,
    min_by(due_on, deliverable_id) as due_on
from deliverables
where post_url_key is not null
group by post_url_key, collaboration_id
