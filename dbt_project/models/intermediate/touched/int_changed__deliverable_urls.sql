with int_deliverables__by_url as (
    select * from {{ ref('int_deliverables__by_url') }}
)

{{ tracked_changes(
    current='int_deliverables__by_url',
    key={'post_url_key': 'varchar'},
    columns={'collaboration_id': 'varchar'},
) }}
