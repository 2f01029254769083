with int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
)

{{ tracked_changes(
    current='int_collaborations__live',
    key={'collaboration_id': 'varchar'},
    columns={
        'campaign_id': 'varchar',
        'brand_id': 'varchar',
        'creator_id': 'varchar',
        'starts_on': 'date',
        'ends_on': 'date',
    },
) }}
