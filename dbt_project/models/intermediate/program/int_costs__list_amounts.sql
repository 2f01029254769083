with collaborations as (
    select * from {{ merged('collaborations') }}
),

payments as (
    select * from {{ merged('payments') }}
),

live as (
    select * from {{ ref('int_collaborations__live') }}
),

-- what was agreed counts from the day of agreement, else from the campaign's first
agreed as (
    select
        collaborations.collaboration_id,
        collaborations.fee,
        collaborations.product_cost,
        collaborations.currency,
        collaborations.batch_id,
        coalesce(collaborations.agreed_on, live.starts_on) as incurred_on
    from collaborations
    inner join live on collaborations.collaboration_id = live.collaboration_id
),

-- a payment of what was agreed is that agreement being kept, and not committed once more
counted_payments as (
    select
        payments.*,
        case
            when collaborations.collaboration_id is null then false
            when live.collaboration_id is null then payments.status = 'paid'
            when payments.kind = 'fee' then collaborations.fee is null
            when payments.kind = 'product' then collaborations.product_cost is null
            else true
        end as is_committed_cost,
        collaborations.collaboration_id is not null and payments.status = 'paid' as is_paid_cost
    from payments
    left join collaborations on payments.collaboration_id = collaborations.collaboration_id
    left join live on payments.collaboration_id = live.collaboration_id
),

costs as (
    select
        'fee:' || collaboration_id as cost_id,
        collaboration_id,
        'fee' as kind,
        'committed' as status,
        incurred_on,
        fee as amount,
        currency,
        true as is_committed_cost,
        false as is_paid_cost,
        batch_id
    from agreed
    where fee is not null
    union all
    select
        'product:' || collaboration_id as cost_id,
        collaboration_id,
        'product' as kind,
        'committed' as status,
        incurred_on,
        product_cost as amount,
        currency,
        true as is_committed_cost,
        false as is_paid_cost,
        batch_id
    from agreed
    where product_cost is not null
    union all
    select
        'payment:' || payment_id as cost_id,
        collaboration_id,
        kind,
        status,
        incurred_on,
        amount,
        currency,
        is_committed_cost,
        is_paid_cost,
        batch_id
    from counted_payments
)

select
    cost_id,
    collaboration_id,
    kind,
    status,
    incurred_on,
    amount,
    currency,
    is_committed_cost,
    is_paid_cost,
    batch_id
from costs
where incurred_on <= {{ as_of_date() }}
