with int_deliverables__list_keys as (
    select * from {{ ref('int_deliverables__list_keys') }}
)

{{ tracked_changes(
    current='int_deliverables__list_keys',
    key={'deliverable_id': 'varchar', 'post_key': 'varchar'},
    columns={'collaboration_id': 'varchar', 'brand_id': 'varchar', 'due_on': 'date'},
) }}
