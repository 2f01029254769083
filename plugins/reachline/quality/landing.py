"""Gate 1: the landing zone holds what its manifests say, before anything is read from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

import duckdb

from reachline.arrow import create_table, pa
from reachline.connectors.types import RunState
from reachline.landing import (
    Checks,
    StoredFile,
    all_manifests,
    decisions,
    held_batches,
    manifests,
    open_refusals,
    stored_files,
)
from reachline.landing.copies import highest_given
from reachline.landing.refusals import shown
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


_REFUSED_REMEDY = (
    "The file lies in inbox/_failed: mend it and drop it again under its name; where nobody waits "
    'for it any more, `reachline inbox dismiss FILE --reason "..."`.'
)

_READ = pa.schema([("batch_id", pa.string()), ("sequence", pa.int64()), ("is_told_of", pa.bool_())])


_REFUSED = pa.schema(
    [
        ("file", pa.string()),
        ("night", pa.string()),
        ("reason", pa.string()),
        ("ends_the_night", pa.bool_()),
    ]
)


def gather(
    root: Path,
    seen: Collection[str],
    sequences: Mapping[str, int] | None = None,
    checks: Checks | None = None,
    until: date | None = None,
    needed: Collection[tuple[str, str]] = (),
) -> duckdb.DuckDBPyConnection:
    """Return a database in memory with the facts that the suites below look at.

    Table `files` has a row for each file of a batch that is not in `seen`, or that two manifests
    name, as it is declared and as it is on disk, and for each file of a decision about lines; table
    `sequences` has every landing sequence and the one before it, and the next one where numbers at
    the end are missing; table `read` has a row for each of `sequences`, the batches that the
    warehouse has read by their landing sequence; table `refused` has a row for each dropped file
    that could not be read by the night `until`, and for which none has come since. `needed` are
    sources and streams without which a night does not go on. Files are read once, and `checks` is
    told of them: batches in `seen` are checked when they are read again, and so are those that are
    held. Decisions are few and small, and are checked each night.
    """
    known = {*seen, *held_batches(root)}
    batches = manifests(root, fresh=True)
    # a second manifest for a batch that was read would give its rows another place in the order
    twice = {name for name, n in Counter(b.batch_id for b in batches).items() if n > 1}
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
            *(b for b in batches if b.batch_id not in known or b.batch_id in twice),
            *decisions(root),
        )
        for file in _noted(stored_files(root, batch), checks)
    ]
    facts = duckdb.connect()
    create_table(facts, "files", rows, _FILES)
    found = all_manifests(root)
    given = [m.sequence for m in found]
    if highest_given(root) > max(given, default=0):
        given.append(highest_given(root) + 1)
    numbers = pa.table({"sequence": pa.array(given, pa.int64())})
    facts.register("incoming", numbers)
    facts.execute(
        "create table sequences as select sequence, "
        "lag(sequence, 1, 0) over (order by sequence) as sequence_before from incoming"
    )
    facts.unregister("incoming")
    told_of = {(batch.batch_id, batch.sequence) for batch in batches}
    lost = {m.sequence for m in found if m.kind == "lost"}
    read = [
        {
            "batch_id": batch_id,
            "sequence": sequence,
            "is_told_of": sequence in lost or (batch_id, sequence) in told_of,
        }
        for batch_id, sequence in (sequences or {}).items()
    ]
    create_table(facts, "read", read, _READ)
    refused = [
        {
            "file": shown(refusal),
            "night": refusal.logical_date,
            "reason": refusal.reason,
            "ends_the_night": (refusal.source, refusal.stream) in needed,
        }
        for refusal in open_refusals(root, until)
    ]
    create_table(facts, "refused", refused, _REFUSED)
    return facts


def _noted(files: Iterable[StoredFile], checks: Checks | None) -> Iterator[StoredFile]:
    for file in files:
        if checks is not None and file.identity is not None and file.found_sha256 is not None:
            checks.note(file.name, file.identity, file.found_sha256)
        yield file


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
                    "A missing manifest is a batch that was lost: `reachline landing verify "
                    "--repair` writes it from its copy; else restore it from a backup.",
                ),
                unique(
                    ("sequence",),
                    "Which version of a row holds is decided by this number.",
                ),
            ),
        ),
        Suite(
            stage="landing",
            table="landing.read",
            rows="select * from read",
            key=("batch_id", "sequence"),
            checks=(
                no_row(
                    "batch_read_is_there",
                    "not is_told_of",
                    "a manifest of that number for each batch that the warehouse has read",
                    "The warehouse holds rows that landing does not tell of: `reachline landing "
                    "verify --repair`, or restore the manifests; where landing itself was put back "
                    "from an older backup, delete warehouse/ and let it be built anew.",
                ),
            ),
        ),
        Suite(
            stage="landing",
            table="landing.refused",
            rows="select * from refused",
            key=("file", "night", "reason"),
            checks=(
                no_row(
                    "files_are_read",
                    "not ends_the_night",
                    "no dropped file that could not be read",
                    f"Nothing of it is in any table. {_REFUSED_REMEDY}",
                    severity="warn",
                ),
                no_row(
                    "files_of_these_streams_are_read",
                    "ends_the_night",
                    "no refused file of a stream that refused_files of config/quality.yml calls "
                    "block",
                    f"A night without it would be wrong. {_REFUSED_REMEDY}",
                ),
            ),
        ),
    ]
