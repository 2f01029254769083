{{ tracked_changes(
    current=ref('int_emv_rates__convert'),
    key={'platform': 'varchar', 'content_type': 'varchar', 'action': 'varchar'},
    columns={'value_units': 'hugeint', 'numerator': 'hugeint', 'denominator': 'hugeint'},
) }}
