-- whose account carries a customer's handle at D: the last that was seen with it
with handles as (
    select distinct
        platform,
        handle
    from {{ merged('customers') }} as customers
    where handle <> ''
),

carriers as (
    select
        platform,
        handle,
        account_id,
        is_contested,
        rank() over (partition by platform, handle order by carried_from desc) as place
    from {{ ref('int_handles__date_accounts') }}
)

select distinct carriers.account_id
from handles
inner join carriers on handles.platform = carriers.platform and handles.handle = carriers.handle
-- two at one moment: nobody knows which
where carriers.place = 1 and not carriers.is_contested
