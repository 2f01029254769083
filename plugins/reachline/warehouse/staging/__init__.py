"""Staging: what landed since, as typed rows of the streams' tables, each batch once.

dbt says what the rows are: views over what landed (`landed`), a mapping of each platform's records,
and for each stream the union of its sources with the reason why a row can't be taken. Here is the
bookkeeping around them: which batches a stream has not read (`feeds`), the views themselves
(`views`), and the transaction that fills a stream's table, puts what is refused into quarantine,
folds deltas to one row a key and writes down what became of every line (`tables`).
"""

from __future__ import annotations

from reachline.warehouse.staging.decisions import mirror_decisions
from reachline.warehouse.staging.feeds import (
    Batch,
    Feeds,
    Landing,
    RecordMapping,
    StagingError,
    StreamWork,
    code_digest,
    find_feeds,
    mapping_table,
    unread_streams,
)
from reachline.warehouse.staging.landed import create_sources
from reachline.warehouse.staging.tables import fill_table
from reachline.warehouse.staging.views import create_views, missing_views

__all__ = [
    "Batch",
    "Feeds",
    "Landing",
    "RecordMapping",
    "StagingError",
    "StreamWork",
    "code_digest",
    "create_sources",
    "create_views",
    "fill_table",
    "find_feeds",
    "mapping_table",
    "mirror_decisions",
    "missing_views",
    "unread_streams",
]
