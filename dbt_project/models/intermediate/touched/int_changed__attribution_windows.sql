with int_collaborations__live as (
    select * from {{ ref('int_collaborations__live') }}
)

{{ tracked_changes(
    current='int_collaborations__live',
    key={'collaboration_id': 'varchar'},
    columns={'attribution_window_days': 'bigint'},
) }}
