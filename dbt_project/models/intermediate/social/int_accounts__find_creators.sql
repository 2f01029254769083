-- an account that two creators claim goes to the smallest creator_id; creators that are not known
-- (yet) have none
with int_creator_accounts__identify as (
    select * from {{ ref('int_creator_accounts__identify') }}
),

creators as (
    select * from {{ merged('creators') }}
)

select
    accounts.account_id,
    min(accounts.creator_id) as creator_id
from int_creator_accounts__identify as accounts
inner join creators on accounts.creator_id = creators.creator_id
where accounts.account_id is not null
group by accounts.account_id
