"""Gate 1: the landing zone holds what its manifests say, before anything is read from it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb
import pyarrow as pa

from reachline.connectors.types import RunState
from reachline.landing import all_manifests, decisions, manifests, stored_files
from reachline.quality.checks import Suite, equal, no_row, one_of, unique

STATUSES = tuple(state.value for state in RunState)

_FILES = pa.schema(
    [
        ("batch_id", pa.string()),
        ("sequence", pa.int64()),
        ("status", pa.string()),
        ("file", pa.string()),
        ("is_there", pa.bool_()),
        ("rows_declared", pa.int64()),
        ("rows_found", pa.int64()),
        ("bytes_declared", pa.int64()),
        ("bytes_found", pa.int64()),
        ("hash_declared", pa.string()),
        ("hash_found", pa.string()),
    ]
)


def gather(root: Path, seen: Collection[str]) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the facts that the suites below look at.

    Table `files` has a row for each file of a batch that is not in `seen`, as its manifest
    declares it and as it is on disk, and for each file of a decision about lines; table `sequences`
    has every landing sequence and the one before it. Files are read once: batches in `seen` were
    checked on the night they came, decisions are few and small, and are checked each night.
    """
    known = set(seen)
    rows = [
        {
            "batch_id": batch.batch_id,
            "sequence": batch.sequence,
            "status": batch.status,
            "file": file.name,
            "is_there": file.is_there,
            "rows_declared": file.rows,
            "rows_found": file.found_rows,
            "bytes_declared": file.found_bytes if file.bytes is None else file.bytes,
            "bytes_found": file.found_bytes,
            "hash_declared": file.sha256,
            "hash_found": file.found_sha256,
        }
        for batch in (
            *(batch for batch in manifests(root, fresh=True) if batch.batch_id not in known),
            *decisions(root),
        )
        for file in stored_files(root, batch)
    ]
    facts = duckdb.connect()
    facts.register("incoming", pa.Table.from_pylist(rows, schema=_FILES))
    facts.execute("create table files as select * from incoming")
    facts.unregister("incoming")
    sequences = [m.sequence for m in all_manifests(root)]
    numbers = pa.table({"sequence": pa.array(sequences, pa.int64())})
    facts.register("incoming", numbers)
    facts.execute(
        "create table sequences as select sequence, "
        "lag(sequence, 1, 0) over (order by sequence) as sequence_before from incoming"
    )
    facts.unregister("incoming")
    return facts


def suites() -> list[Suite]:
    """Return the suites of gate 1."""
    return [
        Suite(
            stage="landing",
            table="landing.files",
            rows="select * from files",
            key=("batch_id", "file"),
            checks=(
                no_row(
                    "file_is_there",
                    "not is_there",
                    "every file that a manifest names",
                    "A batch without its file would read as a source that sent nothing.",
                ),
                equal(
                    "bytes_declared",
                    "bytes_found",
                    "bytes_match",
                    "A file of another size was cut short or changed after it landed.",
                ),
                equal(
                    "hash_declared",
                    "hash_found",
                    "hash_matches",
                    "Landing is the truth that everything is rebuilt from: it must not change.",
                ),
                equal(
                    "rows_declared",
                    "rows_found",
                    "rows_match",
                    "Nothing is lost: what is counted from here on starts with this number.",
                ),
                unique(
                    ("batch_id", "file"),
                    "Two manifests for one batch would load its rows twice.",
                ),
                one_of(
                    "status",
                    STATUSES,
                    "An unknown status hides whether a window is complete or empty.",
                ),
            ),
        ),
        Suite(
            stage="landing",
            table="landing.manifests",
            rows="select * from sequences",
            key=("sequence",),
            checks=(
                no_row(
                    "sequence_has_no_gap",
                    "sequence > sequence_before + 1",
                    "landing sequences 1, 2, 3, … without a gap",
                    "A missing manifest is a batch that was lost: restore it from a backup.",
                ),
                unique(
                    ("sequence",),
                    "Which version of a row holds is decided by this number.",
                ),
            ),
        ),
    ]
