-- accounts that the roster names by id: they are known, with or without a profile
{{ tracked_changes(
    current='(select distinct stated_account_id as account_id, platform from '
        ~ ref('int_creator_accounts__identify') ~ ' where stated_account_id is not null)',
    key={'account_id': 'varchar'},
    columns={'platform': 'varchar'},
) }}
