{{ tracked_changes(
    current=ref('int_promo_codes__live'),
    key={'code': 'varchar', 'valid_from': 'date'},
    columns={'valid_to': 'date', 'collaboration_id': 'varchar'},
) }}
