{{ tracked_changes(
    current=ref('int_accounts__find_creators'),
    key={'account_id': 'varchar'},
    columns={'creator_id': 'varchar'},
) }}
