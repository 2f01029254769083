-- a row of a collaboration that is not live stays: on its days it hides the code's older rows
select
    promo_codes.code,
    promo_codes.valid_from,
    promo_codes.valid_to,
    live.collaboration_id
from {{ merged('promo_codes') }} as promo_codes
left join {{ ref('int_collaborations__live') }} as live
    on promo_codes.collaboration_id = live.collaboration_id
