"""Writes the rows of a relation as an inbox file, in any format, spoiled where asked."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import zstandard

from reachline.sandbox.spoil import (
    BAD_BYTES_MARK,
    CUT_LINE_MARK,
    SURPLUS_CELL_MARK,
    WAYS,
)
from reachline.sql import literal

_STAMPS = {
    "utc": "strftime({column}, '%Y-%m-%dT%H:%M:%SZ')",
    "naive": "strftime({column}, '%Y-%m-%d %H:%M:%S')",
    "offset": "strftime({column} + interval 2 hour, '%Y-%m-%dT%H:%M:%S+02:00')",
}


@dataclass(frozen=True)
class Drop:
    """A file of a stream: its rows (a SELECT in the order of the file) and how they are written.

    The format is that of the name's suffix. `stamp` is how moments are spelled: utc, naive or
    offset. A drop that is `clean` is never spoiled.
    """

    stream: str
    name: str
    query: str
    delimiter: str = ","
    stamp: str = "utc"
    clean: bool = False


@dataclass(frozen=True)
class Written:
    """A written file: rows as they stand in it, and how many were spoiled in each way."""

    stream: str
    name: str
    rows: int
    spoiled: dict[str, int] = field(default_factory=dict)


def format_of(name: str) -> tuple[str, str]:
    """Returns (csv, jsonl, parquet or xlsx; compression '', gz or zst) of a file's name."""
    stem, compression = name, ""
    for suffix in ("gz", "zst"):
        if name.endswith(f".{suffix}"):
            stem, compression = name[: -len(suffix) - 1], suffix
    suffix = stem.rsplit(".", 1)[-1]
    return ("jsonl" if suffix == "ndjson" else suffix), compression


def write_drop(
    con: duckdb.DuckDBPyConnection,
    drop: Drop,
    folder: Path,
    night: int,
    spoil: dict[str, float],
) -> Written | None:
    """Writes a drop below `folder`/`stream`; returns what was written, None for no rows."""
    form, compression = format_of(drop.name)
    columns = [(row[0], row[1]) for row in con.execute(f"describe {drop.query}").fetchall()]
    names = [name for name, _ in columns]
    shares = {} if drop.clean else _applicable(spoil, drop.stream, form, names)
    spoiled: dict[str, int] = {}
    if shares:
        spoiled = _spoil_rows(con, drop, night, columns, form, shares)
        query = f"select {', '.join(names)} from spoiled_rows order by _n, _again"
    else:
        texts = ", ".join(f"{_written_as(n, t, form, drop.stamp)} as {n}" for n, t in columns)
        query = f"select {texts} from ({drop.query})"

    target = folder / drop.stream / drop.name
    target.parent.mkdir(parents=True, exist_ok=True)
    if form == "xlsx":
        rows = _write_xlsx(con, query, names, target)
    elif form == "parquet":
        rows = _copy(con, query, target, "format parquet, compression zstd")
    else:
        options = (
            "format json"
            if form == "jsonl"
            else f"format csv, header, delimiter '{drop.delimiter}'"
        )
        plain = target.with_name(target.name + ".plain") if compression or shares else target
        rows = _copy(con, query, plain, options)
        if plain != target:
            _finish(plain, target, compression, drop.delimiter)
    if rows == 0:
        target.unlink()
        return None
    return Written(drop.stream, drop.name, rows, spoiled)


def _copy(con: duckdb.DuckDBPyConnection, query: str, target: Path, options: str) -> int:
    counted = con.execute(f"copy ({query}) to {literal(target)} ({options})").fetchall()
    return int(counted[0][0])


def _written_as(column: str, kind: str, form: str, stamp: str) -> str:
    """Returns the SQL that turns a typed column into what the format holds."""
    if kind == "TIMESTAMP" and form != "parquet":
        return _STAMPS[stamp].format(column=column)
    if form == "csv" and kind.endswith("[]"):
        return f"array_to_string({column}, '|')"
    return column


def _as_text(column: str, kind: str, form: str, stamp: str) -> str:
    if kind == "TIMESTAMP":
        return _STAMPS[stamp].format(column=column)
    if kind.endswith("[]"):
        return f"array_to_string({column}, '|')"
    return f"cast({column} as varchar)"


def _applicable(
    spoil: dict[str, float], stream: str, form: str, columns: list[str]
) -> dict[str, float]:
    shares = {}
    for name, share in spoil.items():
        way = WAYS[name]
        column = way.targets.get(stream)
        if share > 0 and form in way.formats and column and (column[0] == "*" or column in columns):
            shares[name] = share
    return shares


def _spoil_rows(
    con: duckdb.DuckDBPyConnection,
    drop: Drop,
    night: int,
    columns: list[tuple[str, str]],
    form: str,
    shares: dict[str, float],
) -> dict[str, int]:
    """Makes the table `spoiled_rows`, all text; returns the number of rows spoiled in each way."""
    texts = ", ".join(f"{_as_text(n, t, form, drop.stamp)} as {n}" for n, t in columns)
    con.execute(
        f"create or replace temp table whole_rows as "
        f"select {texts}, row_number() over () as _n from ({drop.query})"
    )
    cases, upto = [], 0.0
    for name, share in shares.items():
        upto += share
        cases.append(f"when _chance < {upto} then '{name}'")
    con.execute(
        "create or replace temp table marked_rows as "
        f"select * exclude (_chance), case {' '.join(cases)} end as _way from ("
        "select *, u('spoil', ? || '|' || _n) as _chance from whole_rows)",
        [f"{drop.stream}|{night}|{drop.name}"],
    )
    values = []
    for name, _ in columns:
        whens = [
            f"when _way = '{way}' then {WAYS[way].value}"
            for way in shares
            if WAYS[way].targets[drop.stream] == name
            or (WAYS[way].targets[drop.stream] == "*last" and name == columns[-1][0])
        ]
        values.append(f"case {' '.join(whens)} else {name} end as {name}" if whens else name)
    con.execute(
        "create or replace temp table spoiled_rows as "
        f"select {', '.join(values)}, _n, 0 as _again from marked_rows union all "
        f"select {', '.join(n for n, _ in columns)}, _n, 1 from marked_rows "
        "where _way = 'duplicate_key'"
    )
    counts = con.execute(
        "select _way, count(*) from marked_rows where _way is not null group by _way order by _way"
    ).fetchall()
    return {way: int(number) for way, number in counts}


def _finish(plain: Path, target: Path, compression: str, delimiter: str) -> None:
    """Puts in what marks stand for, compresses, and removes the plain file."""
    form, _ = format_of(target.name)
    cell = delimiter.encode()
    marks = [(BAD_BYTES_MARK.encode(), b"\xff\xfe")]
    if form == "csv":
        marks.append((SURPLUS_CELL_MARK.encode(), b"x" + cell + b"surplus" + cell + b"cells"))
    else:
        marks.append((CUT_LINE_MARK.encode() + b'"}', b""))
    with plain.open("rb") as source, _writer(target, compression) as sink:
        while lines := source.readlines(4_000_000):
            chunk = b"".join(lines)
            for mark, meaning in marks:
                chunk = chunk.replace(mark, meaning)
            sink.write(chunk)
    plain.unlink()


@contextmanager
def _writer(target: Path, compression: str) -> Iterator[Any]:
    with target.open("wb") as raw:
        if compression == "gz":
            # no name and no time in the header: the same rows are the same bytes
            with gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as packed:
                yield packed
        elif compression == "zst":
            with zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False) as packed:
                yield packed
        else:
            yield raw


def _write_xlsx(con: duckdb.DuckDBPyConnection, query: str, names: list[str], target: Path) -> int:
    """Writes a workbook of one sheet whose bytes do not tell when it was written."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("export")
    sheet.append(names)
    rows = con.execute(query).fetchall()
    for row in rows:
        sheet.append(["|".join(cell) if isinstance(cell, list) else cell for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(target, "w") as kept:
        for name in sorted(made.namelist()):
            content = made.read(name)
            if name == "docProps/core.xml":
                content = (
                    b'<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/'
                    b'2006/metadata/core-properties"/>'
                )
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(entry, content)
    return len(rows)


def as_json(value: object) -> str:
    """Returns dates and moments as ISO 8601, for json.dumps(default=...)."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in truth.json: {value!r}")
