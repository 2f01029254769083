with int_creator_accounts__identify as (
    select * from {{ ref('int_creator_accounts__identify') }}
)

{{ tracked_changes(
    current='int_creator_accounts__identify',
    key={'platform': 'varchar', 'handle': 'varchar'},
    columns={'stated_account_id': 'varchar'},
) }}
