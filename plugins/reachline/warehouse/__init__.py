"""The working databases: what a night stages and models, by dbt on DuckDB.

Two files stand in the warehouse folder. `warehouse.duckdb` holds what is published (schemas core,
reports, views, quality, meta) and nothing else, so that a release is a copy of it.
`staging.duckdb`, attached as `work`, holds the mirror of the landing zone, the configuration,
staging and intermediate tables. Only one process opens them at a time, and nobody outside a run
does.
"""

from __future__ import annotations

from reachline.warehouse.files import (
    WarehouseBusyError,
    WarehouseFileError,
    close_kept,
    connect,
    kept_open,
)
from reachline.warehouse.runs import (
    Run,
    WarehouseError,
    built_to,
    built_to_in,
    model,
    open_run,
    stage,
    test,
)

__all__ = [
    "Run",
    "WarehouseBusyError",
    "WarehouseError",
    "WarehouseFileError",
    "built_to",
    "built_to_in",
    "close_kept",
    "connect",
    "kept_open",
    "model",
    "open_run",
    "stage",
    "test",
]
