select source, stream, freshness, gate, completeness, rows_last_day, quarantined_7d,
    queries_incomplete, files_refused
from reports.data_health
