"""The rows that staging refused: which they are, and what people decide about them.

A decision lands (reachline.landing): the next night reads it, and so does a warehouse that is made
anew. Rows are mended in a file that `export_rows` writes and `retry_file` reads.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.configuration.platforms import sources
from reachline.errors import ReachlineError
from reachline.inbox.delimited import head_of, read_delimited, read_header
from reachline.inbox.engine import Content, Place
from reachline.inbox.exports import Export, load_exports
from reachline.inbox.files import DONE
from reachline.inbox.land import open_file, read_content
from reachline.inbox.problems import UnreadableFileError
from reachline.inbox.rejects import mendable_cell, mended_cell, safe_cell
from reachline.inbox.sheets import read_sheet
from reachline.inbox.unpack import kind_of, sha256_of
from reachline.landing import (
    INBOX,
    Manifest,
    decisions,
    drop_lines,
    manifests,
    reading_files,
    retry_lines,
)
from reachline.settings import Settings
from reachline.warehouse.files import connect, create_files, staging_file

BATCH, LINE = "quarantine_batch", "quarantine_line"
REASON, RAW = "quarantine_reason", "quarantine_raw"


class QuarantineError(ReachlineError):
    """Refused rows can't be treated as was asked; the text says which, why and what to do."""


@dataclass(frozen=True)
class Which:
    """Which rows of the quarantine are meant; None and no lines: all of them.

    `reason` is a part of the reason, upper or lower case aside. `is_dropped`: not those that wait
    for somebody to mend them, but those that were dropped.
    """

    source: str | None = None
    stream: str | None = None
    file: str | None = None
    batch: str | None = None
    reason: str | None = None
    lines: tuple[int, ...] = ()
    is_dropped: bool = False

    @property
    def is_all(self) -> bool:
        """Whether nothing narrows it."""
        return self == Which(is_dropped=self.is_dropped)


@dataclass(frozen=True)
class Refused:
    """A line of a batch, or a record, that a stream refused.

    `column` is None where it is the whole line. `drop_reason` is None unless it was dropped.
    `is_decided`: it was retried or dropped since the last night, which the next one reads.
    """

    source: str
    stream: str
    batch_id: str
    file: str | None
    line: int
    column: str | None
    reason: str
    raw: str | None
    drop_reason: str | None
    is_decided: bool


@dataclass(frozen=True)
class Heap:
    """Refused rows that have source, stream, batch and column in common, and one's reason."""

    source: str
    stream: str
    batch_id: str
    file: str | None
    column: str | None
    rows: int
    decided: int
    reason: str


@dataclass
class Retried:
    """What became of the rows that were to be retried.

    `sent` are rows by batch. The others stay as they are: `unchanged` say what they said before,
    `settled` are (batch, line) that are in quarantine no more, `left` says why of whole batches.
    """

    sent: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    settled: list[tuple[str, int]] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


_ROWS = """
from (
    select
        quarantine.*,
        exists (
            select 1
            from pending
            where
                pending.batch_id = quarantine.batch_id
                and pending.line = quarantine.line
                and coalesce(pending.stream, quarantine.stream) = quarantine.stream
        ) as is_decided
    from work.staging.quarantine as quarantine
) as quarantine
where
    ($source is null or source = $source)
    and ($stream is null or stream = $stream)
    and ($file is null or file_name = $file)
    and ($batch is null or batch_id = $batch)
    and ($reason is null or contains(lower(reason), lower($reason)))
    and (len($lines) = 0 or list_contains($lines, line))
    and (drop_reason is not null) = $is_dropped
"""


def heaps(settings: Settings, which: Which) -> list[Heap]:
    """Return the rows of the quarantine counted by where they stand and what is wrong."""
    with _quarantine(settings) as con:
        rows = con.execute(
            f"""
            select
                source, stream, batch_id, any_value(file_name), column_name, count(*),
                count(*) filter (where is_decided), min(reason)
            {_ROWS}
            group by source, stream, batch_id, column_name
            order by min(landing_sequence), stream, count(*) desc, column_name
            """,
            _parameters(which),
        ).fetchall()
    return [Heap(*row) for row in rows]


def refused_rows(settings: Settings, which: Which, limit: int | None = None) -> list[Refused]:
    """Return rows of the quarantine in the order in which they landed, at most `limit`."""
    with _quarantine(settings) as con:
        rows = con.execute(
            f"""
            select
                source, stream, batch_id, file_name, line, column_name, reason, raw, drop_reason,
                is_decided
            {_ROWS}
            order by landing_sequence, line, stream
            limit {"null" if limit is None else int(limit)}
            """,
            _parameters(which),
        ).fetchall()
    return [Refused(*row) for row in rows]


def export_rows(settings: Settings, which: Which, to: Path) -> int:
    """Write refused rows of files as a CSV file to mend, and return how many.

    Its columns are those of the dropped files, behind four that say which row it is, what is wrong,
    and, where the line could not be read, what stood there. Raises QuarantineError where there are
    none, where they are of files in different forms, or the file is there already.
    """
    known = _batches(settings)
    lines: dict[tuple[str, int], list[Refused]] = defaultdict(list)
    for row in refused_rows(settings, which):
        if row.source not in sources() and not row.is_decided:
            lines[row.batch_id, row.line].append(row)
    if not lines:
        raise QuarantineError(
            "no such rows of files in quarantine; what a platform answered can't be mended by "
            "hand. `reachline quarantine ls` shows what there is."
        )
    forms = sorted({f"{known[b].source}.{known[b].stream}" for b, _ in lines})
    if len(forms) > 1:
        raise QuarantineError(
            f"these rows are of different forms ({', '.join(forms)}), and a file has one: say "
            "which with --source, --stream, --file or --batch."
        )
    columns = list(dict.fromkeys(name for batch, _ in lines for name in known[batch].columns))
    try:
        with to.open("x", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow([BATCH, LINE, REASON, RAW, *columns])
            for (batch, line), rows in lines.items():
                values = _values(rows[0], known[batch])
                reason = "; ".join(dict.fromkeys(row.reason for row in rows))
                raw = None if values else rows[0].raw
                cells = (mendable_cell((values or {}).get(name)) for name in columns)
                writer.writerow([batch, line, safe_cell(reason), safe_cell(raw), *cells])
    except FileExistsError as error:
        raise QuarantineError(f"{to} is there already: name another with --to.") from error
    return len(lines)


def retry_file(settings: Settings, file: Path) -> Retried:
    """Land the mended rows of a file that `export_rows` wrote, each in the place of its line.

    Rows that say what they said before, or that are in quarantine no more, are left out. Raises
    QuarantineError, and nothing lands, where the file can't be read, or a row does not say which it
    is or has values that its batch has no column for.
    """
    columns, rows = _read_mended(file)
    known = _batches(settings)
    sent: dict[tuple[str, int], dict[str, str | None]] = {}
    for number, row in enumerate(rows, start=1):
        where = f"{file}, row {number}"
        batch, line = _place_of(row, known, where)
        if (batch.batch_id, line) in sent:
            raise QuarantineError(f"{where}: line {line} of {batch.batch_id} stands here twice.")
        sent[batch.batch_id, line] = _mended_values(row, columns, batch, where)
    standing = _standing(settings, sent)
    done = Retried()
    mended: dict[str, dict[int, dict[str, str | None]]] = defaultdict(dict)
    for (batch_id, line), values in sent.items():
        batch, refused = known[batch_id], standing.get((batch_id, line))
        if refused is None:
            done.settled.append((batch_id, line))
            continue
        before = _values(refused, batch) or dict.fromkeys(batch.columns)
        is_same = all((values[name] or "") == (before[name] or "") for name in batch.columns)
        if is_same and refused.drop_reason is None:
            done.unchanged += 1
        else:
            mended[batch_id][line] = values
    for batch_id, lines in mended.items():
        _retry(settings, known[batch_id], lines, f"mended in {file.name}", done)
    return done


def retry_unparsed(settings: Settings, which: Which) -> Retried:
    """Read lines that could not be read once more, from the files kept in `_done`.

    That is of use after the mapping of their export was mended, or the code. What can be read now
    lands in the place of its line. Rows that were refused for their values need no retry: a night
    reads them again when their mapping has changed.
    """
    known, exports = _batches(settings), load_exports(settings.config_dir)
    wanted: dict[str, set[int]] = defaultdict(set)
    done = Retried()
    for row in refused_rows(settings, which):
        if row.is_decided or _values(row, known[row.batch_id]) is not None:
            continue
        if row.source in sources():
            done.left[row.batch_id] = "a platform's answer: it is read again when our code changes"
        else:
            wanted[row.batch_id].add(row.line)
    for batch_id, lines in wanted.items():
        batch = known[batch_id]
        try:
            found = _read_again(settings, batch, lines, exports)
        except UnreadableFileError as error:
            done.left[batch_id] = str(error)
            continue
        done.unchanged += len(lines) - len(found)
        if found:
            _retry(settings, batch, found, "read once more", done)
    return done


def drop_rows(settings: Settings, which: Which, because: str) -> int:
    """Take rows out of the quarantine for good, and return how many.

    A dropped line of a file stays out of its stream, whatever its mapping says later; of a record
    what can be taken stays. Raises QuarantineError where nothing narrows `which`, or lines are
    named of no file; LandingError where the reason is empty.
    """
    if which.is_all:
        raise QuarantineError("say which rows: --source, --stream, --file, --batch or --reason.")
    if which.lines and which.batch is None and which.file is None:
        raise QuarantineError("a line is one of a file: say of which, with --file or --batch.")
    found: dict[str, list[Refused]] = defaultdict(list)
    for row in refused_rows(settings, which):
        if not row.is_decided:
            found[row.batch_id].append(row)
    for batch_id, rows in found.items():
        # of a record the reason is found anew: what is erased from it must not stay here
        kept = [row if row.source not in sources() else None for row in rows]
        table = pa.table(
            {
                "_line": pa.array([row.line for row in rows], pa.int64()),
                "_stream": [row.stream for row in rows],
                "_column": pa.array([row and row.column for row in kept], pa.string()),
                "_reason": pa.array([row and row.reason for row in kept], pa.string()),
            }
        )
        drop_lines(settings.paths.landing, batch_id, table, reason=because)
    return sum(map(len, found.values()))


# --- what stands in quarantine --------------------------------------------------------------------


@contextmanager
def _quarantine(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the working files, with the decisions that they have not read as the table `pending`."""
    directory, root = settings.paths.warehouse, settings.paths.landing
    if not staging_file(directory).exists():
        raise QuarantineError(
            f"{directory}: no night has run yet. `reachline run --date 2026-03-01` runs one."
        )
    create_files(directory)
    with reading_files(root), connect(directory, read_only=True) as con:
        (read,) = con.execute(
            "select coalesce(max(sequence), 0) from work.landing.decisions"
        ).fetchall()[0]
        lines = [
            {
                "batch_id": decision.batch_id,
                "stream": row.get("_stream"),
                "line": row["_line"],
            }
            for decision in decisions(root)
            if decision.sequence > read
            for row in _lines_of(root / str(decision.path))
        ]
        con.register("pending", pa.Table.from_pylist(lines, _PENDING))
        yield con


_PENDING = pa.schema([("batch_id", pa.string()), ("stream", pa.string()), ("line", pa.int64())])


def _lines_of(path: Path) -> list[dict[str, Any]]:
    """Return what a decision is about: the `_line`, and of a drop the `_stream`."""
    names = {"_line", "_stream"} & set(pq.read_schema(path).names)
    lines: list[dict[str, Any]] = pq.read_table(path, columns=sorted(names)).to_pylist()
    return lines


def _parameters(which: Which) -> dict[str, Any]:
    return {
        "source": which.source,
        "stream": which.stream,
        "file": which.file,
        "batch": which.batch,
        "reason": which.reason,
        "lines": list(which.lines),
        "is_dropped": which.is_dropped,
    }


def _standing(
    settings: Settings, places: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Refused]:
    """Return of these lines those that may be retried: what is open, and what was dropped."""
    lines: dict[str, list[int]] = defaultdict(list)
    for batch_id, line in places:
        lines[batch_id].append(line)
    rows = (
        row
        for batch_id, wanted in lines.items()
        for is_dropped in (True, False)
        for row in refused_rows(
            settings, Which(batch=batch_id, lines=tuple(wanted), is_dropped=is_dropped)
        )
    )
    return {(row.batch_id, row.line): row for row in rows if not row.is_decided}


def _batches(settings: Settings) -> dict[str, Manifest]:
    return {batch.batch_id: batch for batch in manifests(settings.paths.landing)}


def _values(row: Refused, batch: Manifest) -> dict[str, str | None] | None:
    """Return the values of a refused line by column; None where it could not be read."""
    try:
        found = json.loads(row.raw or "")
    except ValueError:
        return None
    if not isinstance(found, dict) or found.keys() != set(batch.columns):
        return None
    if not all(value is None or isinstance(value, str) for value in found.values()):
        return None
    return found


# --- mended rows ----------------------------------------------------------------------------------


def _read_mended(file: Path) -> tuple[tuple[str, ...], list[dict[str, str | None]]]:
    try:
        with tempfile.TemporaryDirectory(prefix="reachline-") as name:
            work = Path(name)
            place = Place(work / "data.parquet", work / "rejects.parquet", work)
            content = _read_table(file, place)
            if content.rejected:
                (first, *_) = pq.read_table(place.rejects).to_pylist()
                raise QuarantineError(f"{file}, line {first['_line']}: {first['_reason']}.")
            rows = pq.read_table(place.data).to_pylist()
    except UnreadableFileError as error:
        raise QuarantineError(f"{file}: {error}") from error
    if missing := [name for name in (BATCH, LINE) if name not in content.columns]:
        raise QuarantineError(
            f"{file}: has no column {' and no '.join(missing)}. `reachline quarantine export` "
            "writes a file to mend; keep its first two columns as they are."
        )
    return content.columns, rows


def _read_table(file: Path, place: Place) -> Content:
    kind = kind_of(file.name)
    if kind.packing is not None or kind.format not in ("csv", "xlsx"):
        raise UnreadableFileError("save it as .csv or .xlsx.")
    if kind.format == "xlsx":
        return read_sheet(file, place)
    header = read_header(head_of(file), (BATCH, LINE), None, file.stat().st_size)
    return read_delimited(file, header, place)


def _place_of(
    row: Mapping[str, str | None], known: Mapping[str, Manifest], where: str
) -> tuple[Manifest, int]:
    batch, line = known.get((row[BATCH] or "").strip()), (row[LINE] or "").strip()
    if batch is None:
        raise QuarantineError(f"{where}: {BATCH} {row[BATCH]!r} is no batch. Export it anew.")
    if batch.source in sources():
        raise QuarantineError(
            f"{where}: {batch.batch_id} is what {batch.source} answered, and is not mended by hand."
        )
    if not line.isdecimal():
        raise QuarantineError(f"{where}: {LINE} {row[LINE]!r} is no line. Export it anew.")
    return batch, int(line)


def _mended_values(
    row: Mapping[str, str | None], columns: Sequence[str], batch: Manifest, where: str
) -> dict[str, str | None]:
    ours = {BATCH, LINE, REASON, RAW}
    if missing := [name for name in batch.columns if name not in columns]:
        raise QuarantineError(
            f"{where}: the file has lost the columns {', '.join(missing)} of {batch.batch_id}. "
            "Export it anew."
        )
    extra = [name for name in columns if name not in (*batch.columns, *ours) and row[name]]
    if extra:
        raise QuarantineError(
            f"{where}: {batch.batch_id} has no column {', '.join(extra)}: leave it empty here. To "
            "fill a column that was absent, drop a file that has it."
        )
    return {name: mended_cell(row[name]) for name in batch.columns}


def _read_again(
    settings: Settings, batch: Manifest, lines: Iterable[int], exports: Sequence[Export]
) -> dict[int, dict[str, str | None]]:
    """Return those of a batch's lines that can be read now. Raises UnreadableFileError."""
    folder = batch.stream if batch.source == INBOX else batch.source
    kept = settings.paths.inbox / DONE / folder / (batch.file.done if batch.file else "")
    if batch.file is None or not kept.is_file() or sha256_of(kept) != batch.file.sha256:
        raise UnreadableFileError(f"{kept} is not there as it was dropped: mend an export instead")
    wanted = set(lines)
    with tempfile.TemporaryDirectory(prefix="reachline-") as name:
        work = Path(name)
        # under the name by which its format is told
        dropped = work / batch.file.name
        dropped.symlink_to(kept.resolve())
        plain, target = open_file(dropped, folder, exports, work)
        content = read_content(
            plain, target, Place(work / "data.parquet", work / "rejects.parquet", work)
        )
        if content.columns != batch.columns:
            raise UnreadableFileError(
                f"{batch.file.name} has other columns now than when it landed: hold the batch, and "
                "drop the file again"
            )
        found = pq.read_table(work / "data.parquet")
    numbers = (
        found.column("_line").to_pylist()
        if content.has_line
        else range(content.first_line, content.first_line + found.num_rows)
    )
    at = [index for index, line in enumerate(numbers) if line in wanted]
    rows = found.select(list(batch.columns)).take(pa.array(at, pa.int64())).to_pylist()
    return {numbers[index]: row for index, row in zip(at, rows, strict=True)}


def _retry(
    settings: Settings,
    batch: Manifest,
    lines: Mapping[int, Mapping[str, str | None]],
    reason: str,
    done: Retried,
) -> None:
    schema = pa.schema(
        [*((name, pa.string()) for name in batch.columns), pa.field("_line", pa.int64())]
    )
    rows = [{**values, "_line": line} for line, values in sorted(lines.items())]
    table = pa.Table.from_pylist(rows, schema)
    retry_lines(settings.paths.landing, batch.batch_id, table, reason=reason)
    done.sent[batch.batch_id] = len(lines)
