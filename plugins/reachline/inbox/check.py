"""What would happen to a file, without landing it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from reachline.inbox.casts import typed_select
from reachline.inbox.contradictions import contradictions
from reachline.inbox.engine import Content, Place, engine, one_file
from reachline.inbox.exports import Export, StreamMapping
from reachline.inbox.land import Target, open_file, read_content
from reachline.inbox.mapping_sql import TAKEN_BY_NO_STREAM, mapped_rows, takes
from reachline.inbox.streams import Stream, load_streams
from reachline.landing import INBOX
from reachline.sql import literal


@dataclass(frozen=True)
class Refusal:
    """A row that would go to quarantine: its line, the stream that refuses it, the reason."""

    line: int
    stream: str
    reason: str


@dataclass(frozen=True)
class Contradiction:
    """Two values that rows of one key give a column; `last` holds. None: they are not shown."""

    stream: str
    key: str
    column: str
    first: str | None
    last: str | None


@dataclass(frozen=True)
class Check:
    """What would happen to a file.

    `rows` is what is in it; `unparsed` of them can't be read, `refused` (of any stream) don't cast
    or lack a value. `refusals` are the first of both. `absent` are columns of its stream that the
    file has not, which keep their values; `unknown` are kept in landing only. `contradictions` are
    the first keys of which two rows say different things.
    """

    target: Target
    content: Content
    unknown: tuple[str, ...]
    absent: tuple[str, ...]
    streams: dict[str, int]
    refused: int
    refusals: tuple[Refusal, ...]
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def unparsed(self) -> int:
        """Rows that can't be read at all."""
        return self.content.rejected

    @property
    def rows(self) -> int:
        """Rows in the file."""
        return self.content.rows + self.content.rejected


def check_file(path: Path, folder: str, exports: Sequence[Export], shown: int = 20) -> Check:
    """Read a file as a night would, were it in `inbox/<folder>/`, and say what would become of it.

    At most `shown` refused rows are described. Raises UnreadableFileError when it would fail whole.
    """
    with tempfile.TemporaryDirectory(prefix="reachline-") as name:
        work = Path(name)
        plain, target = open_file(path, folder, exports, work)
        place = Place(work / "data.parquet", work / "rejects.parquet", work)
        content = read_content(plain, target, place)
        target.accept(content.columns)
        with engine(work) as con:
            refusals = list(_unparsed_refusals(con, place, target, shown))
            return _check_rows(con, place, target, content, exports, refusals, shown)


def _check_rows(
    con: duckdb.DuckDBPyConnection,
    place: Place,
    target: Target,
    content: Content,
    exports: Sequence[Export],
    refusals: list[Refusal],
    shown: int,
) -> Check:
    line = "_line" if content.has_line else f"{content.first_line} + file_row_number"
    landed = (
        f"(select *, {line} as line from read_parquet({one_file(place.data)},"
        " file_row_number = true, hive_partitioning = false))"
    )
    streams = load_streams()
    feeds: dict[str, tuple[list[str], str]] = {}
    refused = 0
    if target.source == INBOX:
        present = [c.lower() for c in content.columns]
        feeds[target.stream] = (present, landed)
    else:
        export = next(e for e in exports if (e.tool, e.name) == (target.source, target.stream))
        for stream, mapping in export.streams.items():
            mapped = f"({mapped_rows(mapping, landed)})"
            total, first = _refused_lines(con, stream, _refused_by_mapping(mapping, mapped), shown)
            refused += total
            refusals += first
            feeds[stream] = (list(mapping.columns), f"(from {mapped} where row_reject is null)")
        total, first = _refused_lines(
            con, next(iter(export.streams)), _taken_by_no_stream(export, landed), shown
        )
        refused += total
        refusals += first
    taken: dict[str, int] = {}
    doubtful: list[Contradiction] = []
    for stream, (present, relation) in feeds.items():
        total, bad, first = _check_casts(con, streams[stream], present, relation, shown)
        taken[stream] = total - bad
        refused += bad
        refusals += first
        doubtful += _contradictions(con, streams[stream], present, relation, shown)
    unknown: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    if target.source == INBOX:
        stream_spec = streams[target.stream]
        unknown = stream_spec.unknown(content.columns)
        have = {c.lower() for c in content.columns}
        absent = tuple(c.name for c in stream_spec.columns if c.name not in have)
    refusals.sort(key=lambda r: (r.line, r.stream))
    return Check(
        *(target, content, unknown, absent, taken, refused, tuple(refusals[:shown])),
        contradictions=tuple(doubtful[:shown]),
    )


def _refused_by_mapping(mapping: StreamMapping, mapped: str) -> str:
    """Return SQL of the lines that a mapping refuses, of a group each; see `_refused_lines`."""
    lines = "unnest(source_lines)" if mapping.group_by else "line"
    return (
        f"select {lines} as line, row_reject as reason from {mapped} where row_reject is not null"
    )


def _taken_by_no_stream(export: Export, landed: str) -> str:
    """Return SQL of the lines that no mapping of an export takes; see `_refused_lines`."""
    left = " and ".join(f"not {takes(mapping)}" for mapping in export.streams.values())
    return f"select line, {literal(TAKEN_BY_NO_STREAM)} as reason from {landed} where {left}"


def _refused_lines(
    con: duckdb.DuckDBPyConnection, stream: str, query: str, shown: int
) -> tuple[int, list[Refusal]]:
    """Return how many lines a query gives, each with its reason, and the first of them."""
    _, total, first = _counted(con, stream, query, shown)
    return total, first


def _counted(
    con: duckdb.DuckDBPyConnection, stream: str, query: str, shown: int
) -> tuple[int, int, list[Refusal]]:
    """Return how many lines a query gives, how many of them have a reason, and the first of these.

    The query runs once: to plan the casts of a stream takes a fifth of a second.
    """
    con.execute(f"create or replace temp table told as {query}")
    ((total, refused),) = con.execute("select count(*), count(reason) from told").fetchall()
    first = con.execute(
        f"select line, reason from told where reason is not null order by line limit {shown}"
    ).fetchall()
    return total, refused, [Refusal(line, stream, reason) for line, reason in first]


def _unparsed_refusals(
    con: duckdb.DuckDBPyConnection, place: Place, target: Target, shown: int
) -> Iterator[Refusal]:
    if not place.rejects.exists():
        return
    rows = con.execute(
        f"select _line, _reason from read_parquet({one_file(place.rejects)})"
        f" order by _line limit {shown}"
    ).fetchall()
    for line, reason in rows:
        yield Refusal(line, target.stream, reason)


def _check_casts(
    con: duckdb.DuckDBPyConnection,
    stream: Stream,
    present: Sequence[str],
    relation: str,
    shown: int,
) -> tuple[int, int, list[Refusal]]:
    """Return how many rows a stream gets, how many it refuses, and the first refusals."""
    typed = typed_select(stream.name, present, relation, carried=["line"])
    return _counted(con, stream.name, f"select line, reject_reason as reason from ({typed})", shown)


def _contradictions(
    con: duckdb.DuckDBPyConnection,
    stream: Stream,
    present: Sequence[str],
    relation: str,
    shown: int,
) -> list[Contradiction]:
    """Return the first keys of a stream that rows of the file give different values."""
    typed = typed_select(stream.name, present, relation, carried=["line"])
    good = f"select * from ({typed}) where reject_reason is null"
    rows = con.execute(
        f"from ({contradictions(stream, good)}) order by row_key, column_name limit {shown}"
    ).fetchall()
    return [Contradiction(stream.name, *row) for row in rows]
