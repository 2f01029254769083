with int_deliverables__list_brands as (
    select * from {{ ref('int_deliverables__list_brands') }}
)

{{ tracked_changes(
    current='int_deliverables__list_brands',
    key={'post_url_key': 'varchar', 'collaboration_id': 'varchar'},
    columns={'brand_id': 'varchar'},
) }}
