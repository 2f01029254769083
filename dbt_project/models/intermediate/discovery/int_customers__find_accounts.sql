-- whose account carries a customer's handle at D: the last that was seen with it
with customers as (
    select * from {{ merged('customers') }}
),

int_handles__date_accounts as (
    select * from {{ ref('int_handles__date_accounts') }}
),

handles as (
    select distinct
        customer_id,
        platform,
        handle
    from customers
    where handle <> ''
),

carriers as (
    select
        platform,
        handle,
        account_id,
        is_contested,
        rank() over (partition by platform, handle order by carried_from desc) as place
    from int_handles__date_accounts
)

select distinct
    handles.customer_id,
    carriers.account_id
from handles
inner join carriers on handles.platform = carriers.platform and handles.handle = carriers.handle
-- two at one moment: nobody knows which
where carriers.place = 1 and not carriers.is_contested
