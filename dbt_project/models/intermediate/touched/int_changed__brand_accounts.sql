{{ tracked_changes(
    current=ref('int_brands__own_accounts'),
    key={'brand_id': 'varchar', 'account_id': 'varchar'},
    columns={},
) }}
