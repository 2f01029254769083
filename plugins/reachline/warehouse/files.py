"""The two working files: where they are, what they hold from the start, how they are opened."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from reachline.errors import ReachlineError
from reachline.sql import literal

STORAGE_VERSION = "v1.2.0"
"""Storage of the file that is served: drivers from 1.2.2 on read it."""

_STAGING_TABLES = """
create schema if not exists work.landing;
create schema if not exists work.config;
create schema if not exists work.ops;
create schema if not exists work.staging;
create schema if not exists work.intermediate;

create table if not exists work.landing.batches (
    batch_id varchar, sequence bigint, source varchar, stream varchar, logical_date date,
    landed_at timestamp, status varchar, path varchar, rows bigint, rejected bigint,
    rejects_path varchar, columns varchar[], first_line bigint, has_line boolean,
    file_name varchar, query varchar, is_held boolean
);
alter table work.landing.batches add column if not exists typed varchar[];
create table if not exists work.ops.current_run (
    run_seq bigint, logical_date date, previous_date date, since_seq bigint,
    as_of_end timestamp, previous_end timestamp, time_zone varchar, currency varchar
);
create table if not exists work.ops.runs (
    run_seq bigint, logical_date date, as_of_end timestamp, is_complete boolean
);
create table if not exists work.ops.model_hashes (model varchar, wanted varchar, built varchar);
create table if not exists work.staging.quarantine (
    model varchar, source varchar, stream varchar, batch_id varchar, landing_sequence bigint,
    file_name varchar, line bigint, column_name varchar, reason varchar, raw varchar
);
create table if not exists work.staging.contradictions (
    model varchar, source varchar, stream varchar, batch_id varchar, row_key varchar,
    column_name varchar, first_value varchar, last_value varchar
);
create table if not exists work.staging.batches_read (
    model varchar, source varchar, stream varchar, batch_id varchar, landing_sequence bigint,
    rows_in bigint, loaded bigint, superseded bigint, quarantined bigint, skipped bigint,
    read_seq bigint
);
"""

PUBLISHED_SCHEMAS = ("core", "reports", "views", "quality", "meta")
"""The schemas of the file that is served; a release has these and no others."""


class WarehouseBusyError(ReachlineError):
    """Another process has the working files open."""


def warehouse_file(directory: Path) -> Path:
    """Return the file that holds what is published."""
    return directory / "warehouse.duckdb"


def staging_file(directory: Path) -> Path:
    """Return the file that holds everything before it."""
    return directory / "staging.duckdb"


def engine_settings(directory: Path) -> dict[str, str]:
    """Return DuckDB's settings: $REACHLINE_DUCKDB_THREADS (2) and $REACHLINE_DUCKDB_MEMORY (2GB).

    What does not fit into memory is spilled beside the files.
    """
    return {
        "threads": os.environ.get("REACHLINE_DUCKDB_THREADS", "2"),
        "memory_limit": os.environ.get("REACHLINE_DUCKDB_MEMORY", "2GB"),
        "temp_directory": str(directory / "tmp"),
    }


def create_files(directory: Path) -> None:
    """Make the two files with their schemas where they are not there yet."""
    directory.mkdir(parents=True, exist_ok=True)
    if not warehouse_file(directory).exists():
        with duckdb.connect() as con:
            con.execute(
                f"attach {literal(warehouse_file(directory))} as warehouse"
                f" (storage_version '{STORAGE_VERSION}')"
            )
            con.execute("use warehouse")
            for schema in PUBLISHED_SCHEMAS:
                con.execute(f"create schema {schema}")
    with connect(directory) as con:
        con.execute(_STAGING_TABLES)


@contextmanager
def connect(directory: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open both files, the published one as the default catalogue and the other as `work`.

    Raises WarehouseBusyError when another process has them open.
    """
    mode = " (read_only)" if read_only else ""
    try:
        con = duckdb.connect(
            str(warehouse_file(directory)),
            read_only=read_only,
            config=dict(engine_settings(directory)),
        )
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach {literal(staging_file(directory))} as work{mode}")
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        raise WarehouseBusyError(
            f"{directory}: the working database is open elsewhere. Wait for the other run, or end "
            f"it; read published/current instead of the working file. ({error})"
        ) from error
    try:
        yield con
    finally:
        con.close()
