with int_accounts__find_creators as (
    select * from {{ ref('int_accounts__find_creators') }}
)

{{ tracked_changes(
    current='int_accounts__find_creators',
    key={'account_id': 'varchar'},
    columns={'creator_id': 'varchar'},
) }}
