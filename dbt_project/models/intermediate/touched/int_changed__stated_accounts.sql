-- accounts that the roster names by id: they are known, with or without a profile
with int_creator_accounts__identify as (
    select * from {{ ref('int_creator_accounts__identify') }}
),

stated_accounts as (
    select distinct
        stated_account_id as account_id,
        platform
    from int_creator_accounts__identify
    where stated_account_id is not null
)

{{ tracked_changes(
    current='stated_accounts',
    key={'account_id': 'varchar'},
    columns={'platform': 'varchar'},
) }}
