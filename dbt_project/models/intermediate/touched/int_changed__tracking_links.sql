{{ tracked_changes(
    current=ref('int_tracking_links__parsed'),
    key={'link_id': 'varchar'},
    columns={
        'utm_campaign': 'varchar',
        'utm_content': 'varchar',
        'collaboration_id': 'varchar',
        'is_live': 'boolean',
    },
) }}
