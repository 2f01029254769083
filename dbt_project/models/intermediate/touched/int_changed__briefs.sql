with int_collaborations__list_briefs as (
    select * from {{ ref('int_collaborations__list_briefs') }}
)

{{ tracked_changes(
    current='int_collaborations__list_briefs',
    key={'collaboration_id': 'varchar'},
    columns={
        'campaign_id': 'varchar',
        'brand_id': 'varchar',
        'creator_id': 'varchar',
        'required_hashtags': 'varchar[]',
        'required_mentions': 'varchar[]',
        'forbidden_terms': 'varchar[]',
        'codes': 'varchar[]',
        'links': 'bigint',
        'link_keys': 'varchar[]',
        'link_parameters': 'varchar[]',
    },
) }}
