{{ tracked_changes(
    current=ref('int_creator_accounts__identify'),
    key={'platform': 'varchar', 'handle': 'varchar'},
    columns={'stated_account_id': 'varchar'},
) }}
