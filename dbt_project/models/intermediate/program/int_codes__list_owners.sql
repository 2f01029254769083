with int_promo_codes__live as (
    select * from {{ ref('int_promo_codes__live') }}
),

int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
)

select
    codes.code,
    live.creator_id,
    live.brand_id,
    min(codes.valid_from) as valid_from
from int_promo_codes__live as codes
inner join int_collaborations__live as live on codes.collaboration_id = live.collaboration_id
where codes.valid_from <= {{ as_of_date() }}
group by codes.code, live.creator_id, live.brand_id
