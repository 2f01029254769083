-- who a creator is in the shop: by the address, or by an account that the customer is known to have
with customers as (
    select * from {{ merged('customers') }}
),

creators as (
    select * from {{ merged('creators') }}
),

int_customers__find_accounts as (
    select * from {{ ref('int_customers__find_accounts') }}
),

dim_account as (
    select * from {{ ref('dim_account') }}
)

select
    creators.creator_id,
    customers.customer_id
from creators
inner join customers on {{ sha256_text(lowered('creators.email')) }} = customers.email_sha256
union
select
    accounts.creator_id,
    customers.customer_id
from int_customers__find_accounts as customers
inner join dim_account as accounts on customers.account_id = accounts.account_id
where accounts.creator_id is not null
