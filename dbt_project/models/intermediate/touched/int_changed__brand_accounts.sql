with int_brands__own_accounts as (
    select * from {{ ref('int_brands__own_accounts') }}
)

{{ tracked_changes(
    current='int_brands__own_accounts',
    key={'brand_id': 'varchar', 'account_id': 'varchar'},
    columns={},
) }}
