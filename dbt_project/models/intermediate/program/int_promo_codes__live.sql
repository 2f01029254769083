-- a row of a collaboration that is not live stays: on its days it hides the code's older rows
with promo_codes as (
    select * from {{ merged('promo_codes') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
)

select
    promo_codes.code,
    promo_codes.valid_from,
    promo_codes.valid_to,
    live.collaboration_id
from promo_codes
left join int_collaborations__live as live on promo_codes.collaboration_id = live.collaboration_id
