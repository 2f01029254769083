{{ tracked_changes(
    current=ref('int_fx_rates__by_day'),
    key={'currency': 'varchar', 'date_day': 'date'},
    columns={'rate_on': 'date', 'numerator': 'hugeint', 'denominator': 'hugeint'},
) }}
