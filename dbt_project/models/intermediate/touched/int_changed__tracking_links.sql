with int_tracking_links__parsed as (
    select * from {{ ref('int_tracking_links__parsed') }}
)

{{ tracked_changes(
    current='int_tracking_links__parsed',
    key={'link_id': 'varchar'},
    columns={
        'utm_campaign': 'varchar',
        'utm_content': 'varchar',
        'collaboration_id': 'varchar',
        'is_live': 'boolean',
    },
) }}
