{{ tracked_changes(
    current=ref('int_deliverables__list_brands'),
    key={'post_url_key': 'varchar', 'collaboration_id': 'varchar'},
    columns={'brand_id': 'varchar'},
) }}
