{{ tracked_changes(
    current=ref('int_deliverables__by_url'),
    key={'post_url_key': 'varchar'},
    columns={'collaboration_id': 'varchar'},
) }}
