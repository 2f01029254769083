with int_collaborations__list_authors as (
    select * from {{ ref('int_collaborations__list_authors') }}
)

{{ tracked_changes(
    current='int_collaborations__list_authors',
    key={'collaboration_id': 'varchar', 'account_id': 'varchar'},
    columns={'brand_id': 'varchar', 'starts_on': 'date', 'posts_until': 'date'},
) }}
