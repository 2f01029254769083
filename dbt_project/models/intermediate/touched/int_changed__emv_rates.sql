with int_emv_rates__convert as (
    select * from {{ ref('int_emv_rates__convert') }}
)

{{ tracked_changes(
    current='int_emv_rates__convert',
    key={'platform': 'varchar', 'content_type': 'varchar', 'action': 'varchar'},
    columns={
        'value_units': wide_integer(),
        'numerator': wide_integer(),
        'denominator': wide_integer(),
    },
) }}
