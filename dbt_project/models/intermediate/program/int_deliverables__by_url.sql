with all_deliverables as (
    select * from {{ merged('deliverables') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
),

deliverables as (
    select
        {{ url_key('deliverables.post_url') }} as post_url_key,
        deliverables.collaboration_id
    from all_deliverables as deliverables
    inner join int_collaborations__live as live
        on deliverables.collaboration_id = live.collaboration_id
)

-- one post, two collaborations: the smallest id has it
select
    post_url_key,
    min(collaboration_id) as collaboration_id
from deliverables
where post_url_key is not null
group by post_url_key
