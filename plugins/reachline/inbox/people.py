"""The rows of files that are of people who are forgotten, and what other rows say of them.

A row is of a person where a column says so: of a stream's own files by what the column is, of a
tool's export by its mapping. Such a row goes to the refused ones, without what it held. The brand's
own rows (orders, clicks) stay, and lose what leads to the person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.forgotten import FORGOTTEN, Forgotten
from reachline.inbox.exports import Export
from reachline.inbox.mapping_sql import mapped_rows
from reachline.inbox.streams import Stream, load_streams
from reachline.landing import forgotten_rows
from reachline.sql import file_pattern, identifier, literal

THEIRS: Mapping[str, Mapping[str, str]] = {
    "creators": {"creator_id": "creator", "email": "email"},
    "creator_accounts": {
        "creator_id": "creator",
        "handle": "handle",
        "native_account_id": "account",
    },
    "collaborations": {"creator_id": "creator", "collaboration_id": "collaboration"},
    "deliverables": {"collaboration_id": "collaboration"},
    "promo_codes": {"collaboration_id": "collaboration"},
    "tracking_links": {"collaboration_id": "collaboration", "link_id": "link"},
    "outreach": {"creator_id": "creator", "handle": "handle"},
    "customers": {"customer_id": "customer", "email_sha256": "email", "handle": "handle"},
    "recommendations": {"customer_id": "customer", "handle": "handle"},
    "profiles": {"native_account_id": "account", "handle": "handle"},
    "posts": {"native_account_id": "account", "handle": "handle", "native_post_id": "post"},
    "post_metrics": {"native_post_id": "post"},
    "payments": {"collaboration_id": "collaboration"},
}
"""The streams whose rows are of a person, and the columns that say of whom, with their kinds."""

LINKS: Mapping[str, Mapping[str, str]] = {
    "orders": {"customer_id": "customer", "discount_codes": "code"},
    "clicks": {"link_id": "link"},
}
"""The columns that lead from the brand's own rows to a person, with their kinds."""

_TEXTS = ("masked", "text", "url", "picture", "list", "handle list", "handle")
_ROWS = 50_000


Also = Callable[[str], str] | None


@dataclass(frozen=True)
class Screening:
    """A batch without the people who are forgotten: its rows with `_line`, and the refused ones.

    `theirs` counts the rows that were theirs, `cleaned` those that said something of them.
    """

    rows: pa.Table
    rejects: pa.Table
    theirs: int
    cleaned: int


def file_rows(
    path: Path,
    stream: str,
    export: Export | None,
    *,
    has_line: bool,
    first_line: int | None,
) -> Iterator[tuple[str, Mapping[str, Any], list[int]]]:
    """Yield what a batch of a file says of people: stream, columns by name, lines.

    Of a tool's export by its mapping, of a stream's own file as it stands. A row that the mapping
    refuses is among them, as far as it can be told.
    """
    if export is None:
        yield from _own_rows(path, stream, has_line=has_line, first_line=first_line or 0)
        return
    line = "_line" if has_line else f"cast({first_line} + file_row_number as bigint)"
    landed = (
        f"(select *, {line} as line from read_parquet({literal(file_pattern(path))},"
        " file_row_number = true, hive_partitioning = false))"
    )
    with duckdb.connect() as con:
        con.execute("set threads = 1")
        for name, mapping in export.streams.items():
            columns = [column for column in _columns_of(name) if column in mapping.columns]
            if not columns:
                continue
            lines = "coalesce(source_lines, [line])" if mapping.group_by else "[line]"
            selected = ", ".join(map(identifier, columns))
            mapped = mapped_rows(mapping, landed)
            cursor = con.execute(f"select {selected}, {lines} as lines from ({mapped}) as mapped")
            while rows := cursor.fetchmany(_ROWS):
                for *values, at in rows:
                    yield name, dict(zip(columns, values, strict=True)), at


def _own_rows(
    path: Path, stream: str, *, has_line: bool, first_line: int
) -> Iterator[tuple[str, Mapping[str, Any], list[int]]]:
    wanted = set(_columns_of(stream))
    if not wanted:
        return
    file = pq.ParquetFile(path)
    names = {name: name.lower() for name in file.schema_arrow.names if name.lower() in wanted}
    line = first_line
    for batch in file.iter_batches(_ROWS, columns=[*names, *(["_line"] if has_line else [])]):
        lines = batch.column("_line").to_pylist() if has_line else range(line, line + len(batch))
        columns = [batch.column(name).to_pylist() for name in names]
        for number, at in enumerate(lines):
            yield stream, {n: c[number] for n, c in zip(names.values(), columns, strict=True)}, [at]
        line += len(batch)


def _columns_of(stream: str) -> list[str]:
    """Return the columns of a stream that say of whom a row is, and what else is asked of it."""
    return [*THEIRS.get(stream, {}), *_MORE.get(stream, ())]


_MORE: Mapping[str, Sequence[str]] = {
    "creators": ("creator_name",),
    "creator_accounts": ("platform",),
    "deliverables": ("platform", "post_url"),
    "promo_codes": ("code",),
    "tracking_links": ("url",),
    "outreach": ("platform",),
    "customers": ("platform",),
    "recommendations": ("platform",),
    "profiles": ("platform", "display_name"),
    "posts": ("platform", "permalink", "text"),
    "post_metrics": ("platform",),
    "orders": (),
}


def is_theirs(stream: str, row: Mapping[str, Any], forgotten: Forgotten) -> bool:
    """Whether a row of a stream is of somebody who is forgotten."""
    platform = _platform_of(row)
    for column, kind in THEIRS.get(stream, {}).items():
        value = row.get(column)
        if kind in ("handle", "account"):
            if forgotten.is_account(platform, value):
                return True
        elif forgotten.has(kind, value, platform if kind == "post" else ""):
            return True
    return False


def screen_rows(
    path: Path,
    rejects: Path | None,
    stream: str,
    export: Export | None,
    forgotten: Forgotten,
    *,
    has_line: bool,
    first_line: int | None,
    also: Also = None,
) -> Screening | None:
    """Return a batch of a file without people who are forgotten; None where it holds none.

    `stream` is that of files in its own form; of a tool's, `export` is its mapping, and None where
    that is gone: then its cells alone are looked at. `also` takes further texts out of a text.
    """
    lines: set[int] = set()
    if stream in load_streams() or export is not None:
        for name, row, at in file_rows(
            path, stream, export, has_line=has_line, first_line=first_line
        ):
            if is_theirs(name, row, forgotten):
                lines.update(at)
    own = load_streams().get(stream) if export is None else None
    clean = _any_cells(forgotten) if own is None else _own_cells(own, forgotten)
    refused = pq.read_table(rejects, partitioning=None) if rejects is not None else None
    refused, refused_theirs = clean_rejects(refused, forgotten, also)
    if also is not None:
        clean = _and_also(clean, also)
    if not lines and not refused_theirs and not _says_something(path, clean):
        return None
    table = pq.read_table(path, partitioning=None)
    if not has_line:
        numbers = pa.array(range(first_line or 0, (first_line or 0) + table.num_rows), pa.int64())
        table = table.append_column("_line", numbers)
    if lines:
        kept = pa.array([line not in lines for line in table.column("_line").to_pylist()])
        table = table.filter(kept)
    table, cleaned = _cleaned_table(table, clean)
    theirs = forgotten_rows(sorted(lines))
    rows = (
        theirs
        if refused is None
        else pa.concat_tables([refused, theirs.select(refused.column_names)])
    )
    return Screening(table, rows, len(lines) + refused_theirs, cleaned)


Clean = Callable[[str, Mapping[str, Any]], Any]
"""Takes a column and a row, and returns what may stand there."""


def _and_also(clean: Clean, also: Callable[[str], str]) -> Clean:
    def both(column: str, row: Mapping[str, Any]) -> Any:
        value = clean(column, row)
        return also(value) if isinstance(value, str) else value

    return both


def _own_cells(stream: Stream, forgotten: Forgotten) -> Clean:
    """Return what cleans the cells of a stream's own file, by what each column is."""
    links = LINKS.get(stream.name, {})
    texts = {c.name for c in stream.columns if c.kind in _TEXTS}

    def clean(column: str, row: Mapping[str, Any]) -> Any:
        value, name = row[column], column.lower()
        if not isinstance(value, str) or not value:
            return value
        if name in links:
            return _unlinked(value, links[name], forgotten)
        if name in texts or name not in known:
            return forgotten.cleaned(value, _platform_of(row))
        return value

    known = set(stream.names) | {"_line"}
    return clean


def _platform_of(row: Mapping[str, Any]) -> str:
    found = next((value for name, value in row.items() if name.lower() == "platform"), None)
    return str(found or "").strip().lower()


def _unlinked(value: str, kind: str, forgotten: Forgotten) -> str | None:
    if kind == "code":
        # a list, as files write it
        parts = value.replace('"', "").strip("[]").replace(",", "|").split("|")
        kept = [part for part in parts if not forgotten.has("code", part)]
        return value if len(kept) == len(parts) else "|".join(kept) or None
    return None if forgotten.has(kind, value) else value


def _any_cells(forgotten: Forgotten) -> Clean:
    """Return what cleans the cells of another tool's file: it has columns of its own."""

    def clean(column: str, row: Mapping[str, Any]) -> Any:
        value = row[column]
        if not isinstance(value, str) or not value:
            return value
        if forgotten.is_known_by(value) or (
            "code" in column.lower() and forgotten.has("code", value)
        ):
            return None
        return forgotten.cleaned(value)

    return clean


def _says_something(path: Path, clean: Clean) -> bool:
    file = pq.ParquetFile(path)
    for batch in file.iter_batches(batch_size=_ROWS):
        for row in batch.to_pylist():
            if any(clean(name, row) != value for name, value in row.items()):
                return True
    return False


def _cleaned_table(table: pa.Table, clean: Clean) -> tuple[pa.Table, int]:
    rows = table.to_pylist()
    changed = 0
    for row in rows:
        before = dict(row)
        for name in before:
            row[name] = clean(name, before)
        changed += row != before
    return (pa.Table.from_pylist(rows, schema=table.schema), changed) if changed else (table, 0)


def clean_rejects(
    rejects: pa.Table | None, forgotten: Forgotten, also: Also = None
) -> tuple[pa.Table | None, int]:
    """Return refused rows without what those of forgotten people held, and how many these are."""
    if rejects is None:
        return None, 0
    rows, theirs = rejects.to_pylist(), 0
    for row in rows:
        texts = [text for text in (row["_raw"], row["_reason"]) if text]
        if row["_reason"] != FORGOTTEN and any(
            says_of(text, forgotten) or (also is not None and also(text) != text) for text in texts
        ):
            theirs += 1
            row.update(_raw=None, _column=None, _reason=FORGOTTEN)
    return (pa.Table.from_pylist(rows, schema=rejects.schema), theirs) if theirs else (rejects, 0)


def says_of(text: str, forgotten: Forgotten) -> bool:
    """Whether a text that could not be read as a row says something of a forgotten person."""
    if forgotten.cleaned(text) != text:
        return True
    cells = _cells(text)
    return any(
        forgotten.is_known_by(cell) or forgotten.has("handle", cell) or forgotten.has("code", cell)
        for cell in cells
    )


def _cells(text: str) -> Iterable[str]:
    for mark in (",", ";", "\t", "|"):
        text = text.replace(mark, "\n")
    return (cell.strip(" '\"{}[]") for cell in text.replace(":", "\n").split("\n"))


def clean_decision(
    table: pa.Table, stream: str, export: Export | None, forgotten: Forgotten, lines: set[int]
) -> tuple[pa.Table, int]:
    """Return decided lines without people who are forgotten, and how many went.

    `lines` are those of the batch that were theirs.
    """
    rows = table.to_pylist()
    kept = []
    is_own = stream in load_streams() and export is None
    for row in rows:
        named = {name.lower(): value for name, value in row.items()}
        of_them = row["_line"] in lines or (is_own and is_theirs(stream, named, forgotten))
        texts = [
            value
            for name, value in row.items()
            if isinstance(value, str) and name not in ("_stream", "_column")
        ]
        if not of_them and not any(says_of(text, forgotten) for text in texts):
            kept.append(row)
    return pa.Table.from_pylist(kept, schema=table.schema), len(rows) - len(kept)
