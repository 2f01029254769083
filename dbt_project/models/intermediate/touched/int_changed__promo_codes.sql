with int_promo_codes__live as (
    select * from {{ ref('int_promo_codes__live') }}
)

{{ tracked_changes(
    current='int_promo_codes__live',
    key={'code': 'varchar', 'valid_from': 'date'},
    columns={'valid_to': 'date', 'collaboration_id': 'varchar'},
) }}
