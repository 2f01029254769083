"""The two working files: where they are, what they hold from the start, how they are opened."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from reachline.errors import ReachlineError
from reachline.sql import literal

STORAGE_VERSION = "v1.0.0"
"""Storage of the file that is served: drivers from OLDEST_DRIVER on read all of it."""

OLDEST_DRIVER = "1.1.0"
"""Where the file is attached under another name, its views are read from 1.2.0 on."""

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
create table if not exists work.landing.decisions (
    sequence bigint, kind varchar, batch_id varchar, path varchar, sha256 varchar, reason varchar
);
create table if not exists work.landing.refused (
    source varchar, stream varchar, file_name varchar, logical_date date, refused_at timestamp,
    reason varchar
);
create table if not exists work.landing.retried (batch_id varchar, line bigint, path varchar);
create table if not exists work.landing.dropped (
    batch_id varchar, stream varchar, line bigint, column_name varchar, reason varchar,
    drop_reason varchar
);
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
alter table work.staging.quarantine add column if not exists drop_reason varchar;
create table if not exists work.staging.contradictions (
    model varchar, source varchar, stream varchar, batch_id varchar, row_key varchar,
    column_name varchar, first_value varchar, last_value varchar
);
create table if not exists work.staging.batches_read (
    model varchar, source varchar, stream varchar, batch_id varchar, landing_sequence bigint,
    rows_in bigint, loaded bigint, superseded bigint, quarantined bigint, skipped bigint,
    read_seq bigint
);
alter table work.staging.batches_read add column if not exists dropped bigint default 0;
"""

PUBLISHED_SCHEMAS = ("core", "reports", "views", "quality", "meta")
"""The schemas of the file that is served; a release has these and no others."""


log = logging.getLogger("reachline.warehouse")


class WarehouseBusyError(ReachlineError):
    """Another process has the working files open."""


class WarehouseFileError(ReachlineError):
    """The working files can't be read, or do not belong together; the text says what to do."""


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


def is_whole(directory: Path) -> bool:
    """Whether both files are there."""
    return warehouse_file(directory).exists() and staging_file(directory).exists()


def create_files(directory: Path) -> None:
    """Make the two files with their schemas where they are not there yet.

    Where one of them is missing the other is made anew as well: it tells of what is gone. Raises
    WarehouseFileError for a folder in which DuckDB can't keep them.
    """
    if "?" in str(directory):
        raise WarehouseFileError(
            f"{directory}: DuckDB takes what follows a ? in a path for options, and finds its own "
            "files no more. Give the folder another name."
        )
    directory.mkdir(parents=True, exist_ok=True)
    if not is_whole(directory):
        close_kept(directory)
        for path in _all_files(directory):
            log.warning("%s: its other half is missing: both are built anew from landing", path)
            path.unlink()
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


def _all_files(directory: Path) -> list[Path]:
    """Return what is there of the two files, with their write-ahead logs."""
    names = (warehouse_file(directory).name, staging_file(directory).name)
    return sorted(path for name in names for path in directory.glob(f"{name}*"))


def remove_files(directory: Path) -> None:
    """Remove the working databases, and those of older nights that are built beside them.

    The next night builds them anew from landing. A block that a database has freed keeps its bytes,
    so that whatever must not be kept is got rid of in this way alone.
    """
    close_kept(directory)
    for path in _all_files(directory):
        path.unlink()
    for name in ("tmp", "scratch"):
        shutil.rmtree(directory / name, ignore_errors=True)


def mark_built(con: duckdb.DuckDBPyConnection, run_seq: int) -> None:
    """Write the number of the run that built it into the published file.

    A macro, for it is the one kind of entry that no reader of tables meets.
    """
    con.execute(f"create or replace macro main.built_in_run() as {int(run_seq)}")


def require_pair(con: duckdb.DuckDBPyConnection, directory: Path) -> None:
    """Raise WarehouseFileError where one of the two files is an older copy than the other.

    The published file is marked just before its run is complete: so a run that was killed between
    leaves a mark of a run that is known, and not complete.
    """
    try:
        (built,) = con.execute("select main.built_in_run()").fetchall()[0]
    except duckdb.CatalogException:
        built = None
    complete, latest = con.execute(
        "select max(run_seq) filter (where is_complete), max(run_seq) from work.ops.runs"
    ).fetchall()[0]
    if built != complete and not (complete or 0) < (built or 0) <= (latest or 0):
        raise WarehouseFileError(
            f"{directory}: {warehouse_file(directory).name} was built by run {built or 'none'}, "
            f"{staging_file(directory).name} says by run {complete or 'none'}: one of them is an "
            f"older copy. {_remedy(directory)}"
        )


def _remedy(directory: Path) -> str:
    return (
        f"Both are made from landing: delete them ({directory}/*.duckdb*), and run the night again."
    )


@contextmanager
def kept_open() -> Iterator[None]:
    """Keep open what `connect` opens, until the end of the block or until `close_kept`.

    A night connects twenty times, and each time the engine would read both catalogues anew.
    """
    _keeping.append({})
    try:
        yield
    finally:
        for con in _keeping.pop().values():
            con.close()


def close_kept(directory: Path) -> None:
    """Close the files of a folder that are kept open: they are to be copied, or removed."""
    for kept in _keeping:
        if directory in kept:
            kept.pop(directory).close()


_keeping: list[dict[Path, duckdb.DuckDBPyConnection]] = []


@contextmanager
def connect(directory: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open both files, the published one as the default catalogue and the other as `work`.

    Within `kept_open` they are opened for writing in any case.

    Raises WarehouseBusyError when another process has them open, WarehouseFileError when they can't
    be opened.
    """
    if _keeping:
        kept = _keeping[-1]
        if directory not in kept:
            kept[directory] = _open(directory)
        con = kept[directory].cursor()
        con.execute("set TimeZone = 'UTC'")
    else:
        con = _open(directory, read_only=read_only)
    try:
        yield con
    finally:
        con.close()


def _open(directory: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    mode = " (read_only)" if read_only else ""
    try:
        con = duckdb.connect(
            str(warehouse_file(directory)),
            read_only=read_only,
            config=dict(engine_settings(directory)),
        )
        con.execute("set TimeZone = 'UTC'")
        con.execute(f"attach {literal(staging_file(directory))} as work{mode}")
    except duckdb.Error as error:
        if not isinstance(error, duckdb.IOException) or "lock" not in str(error):
            raise WarehouseFileError(
                f"{directory}: the working databases can't be opened ({error}). "
                f"{_remedy(directory)}"
            ) from error
        raise WarehouseBusyError(
            f"{directory}: the working database is open elsewhere. Wait for the other run, or end "
            f"it; read published/current instead of the working file. ({error})"
        ) from error
    return con
