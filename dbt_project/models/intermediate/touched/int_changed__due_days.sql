with int_deliverables__date_urls as (
    select * from {{ ref('int_deliverables__date_urls') }}
)

{{ tracked_changes(
    current='int_deliverables__date_urls',
    key={'post_url_key': 'varchar', 'collaboration_id': 'varchar'},
    columns={'deliverable_id': 'varchar', 'due_on': 'date'},
) }}
