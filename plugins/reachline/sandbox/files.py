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
    AFTER_QUOTE_MARK,
    BAD_BYTES_MARK,
    CUT_LINE_MARK,
    ESCAPED_NUL_MARK,
    KEY_TWICE_MARK,
    LINES,
    LIST_LINE_MARK,
    LONG_NUMBER_MARK,
    MISSING_CELL_MARK,
    NUL_MARK,
    OPEN_QUOTE_MARK,
    SURPLUS_CELL_MARK,
    WAYS,
)
from reachline.sql import literal

_LONG_NUMBER = 1895470000000000123

_STAMPS = {
    "utc": "strftime({column}, '%Y-%m-%dT%H:%M:%SZ')",
    "naive": "strftime({column}, '%Y-%m-%d %H:%M:%S')",
    "offset": "strftime({column} + interval 2 hour, '%Y-%m-%dT%H:%M:%S+02:00')",
}


@dataclass(frozen=True)
class Drop:
    """A file of a stream: its rows (a SELECT in the order of the file) and how they are written.

    The format is that of the name's suffix. `stamp` is how moments are spelled: utc, naive or
    offset. Of a drop that is `clean` nothing is spoiled but whether a row removes its key.
    """

    stream: str
    name: str
    query: str
    delimiter: str = ","
    stamp: str = "utc"
    clean: bool = False


@dataclass(frozen=True)
class Written:
    """A written file: its rows, and the lines of those that were spoiled in each way.

    A line is a physical one, from 1; in Parquet, which has none, a row's number.
    """

    stream: str
    name: str
    rows: int
    spoiled: dict[str, list[int]] = field(default_factory=dict)


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
    shares = _applicable(spoil, drop, form, names)
    spoiled: dict[str, list[int]] = {}
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
    no_rows = sum(
        len(lines)
        for way, lines in spoiled.items()
        if WAYS[way].targets[drop.stream] in ("*header", "*empty")
    )
    return Written(drop.stream, drop.name, rows - no_rows, spoiled)


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
    spoil: dict[str, float], drop: Drop, form: str, columns: list[str]
) -> dict[str, float]:
    shares = {}
    for name, share in spoil.items():
        way = WAYS[name]
        column = way.targets.get(drop.stream)
        if share <= 0 or form not in way.formats or column is None:
            continue
        needed = {column, *way.also.get(drop.stream, ())} - {"*last", *LINES}
        if needed <= {*columns} and (not drop.clean or column == "is_deleted"):
            shares[name] = share
    return shares


def _spoil_rows(
    con: duckdb.DuckDBPyConnection,
    drop: Drop,
    night: int,
    columns: list[tuple[str, str]],
    form: str,
    shares: dict[str, float],
) -> dict[str, list[int]]:
    """Makes the table `spoiled_rows`, all text; returns the lines spoiled in each way."""
    names = [name for name, _ in columns]
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
    becomes = {way: WAYS[way].columns(drop.stream, names[-1]) for way in shares}
    values = []
    for name in names:
        whens = [
            f"when _way = '{way}' then {mine[name]}"
            for way, mine in becomes.items()
            if name in mine
        ]
        values.append(f"case {' '.join(whens)} else {name} end as {name}" if whens else name)
    parts = [f"select {', '.join(values)}, _n, 0 as _again, _way from marked_rows"]
    added = {
        "*twice": names,
        "*header": [f"'{name}' as {name}" for name in names],
        "*empty": [f"null as {name}" for name in names],
    }
    for way in shares:
        if line := added.get(WAYS[way].targets[drop.stream]):
            parts.append(
                f"select {', '.join(line)}, _n, 1 as _again, null as _way from marked_rows "
                f"where _way = '{way}'"
            )
    con.execute(f"create or replace temp table spoiled_rows as {' union all by name '.join(parts)}")
    return _spoiled_lines(con, names, form)


def _spoiled_lines(
    con: duckdb.DuckDBPyConnection, names: list[str], form: str
) -> dict[str, list[int]]:
    """Returns the lines of `spoiled_rows` on which a row of each way begins."""
    first = {"csv": 2, "xlsx": 2, "jsonl": 1, "parquet": 1}[form]
    # in CSV a line end within a value ends a line
    texts = f"concat({', '.join(names)})"
    ends = f"length({texts}) - length(replace({texts}, chr(10), ''))" if form == "csv" else "0"
    found = con.execute(
        f"""
        select _way, list(line order by line)
        from (
            select
                _way,
                {first} + coalesce(sum(1 + {ends}) over (
                    order by _n, _again rows between unbounded preceding and 1 preceding
                ), 0) as line
            from spoiled_rows
        )
        where _way is not null
        group by _way
        order by _way
        """
    ).fetchall()
    return {way: [int(line) for line in lines] for way, lines in found}


def _finish(plain: Path, target: Path, compression: str, delimiter: str) -> None:
    """Puts in what marks stand for, compresses, and removes the plain file."""
    form, _ = format_of(target.name)
    cell = delimiter.encode()
    marks = [(BAD_BYTES_MARK.encode(), b"\xff\xfe")]
    if form == "csv":
        marks += [
            (SURPLUS_CELL_MARK.encode(), b"x" + cell + b"surplus" + cell + b"cells"),
            (cell + MISSING_CELL_MARK.encode(), b""),
            (OPEN_QUOTE_MARK.encode(), b'"never closed'),
            (AFTER_QUOTE_MARK.encode(), b'"said" and more'),
        ]
    else:
        marks += [
            (CUT_LINE_MARK.encode() + b'"}', b""),
            (ESCAPED_NUL_MARK.encode(), rb"\u0000"),
            (KEY_TWICE_MARK.encode() + b'"', b'x","again":"1","again":"2"'),
        ]
    marks.append((NUL_MARK.encode(), b"\x00"))
    list_line = LIST_LINE_MARK.encode()
    with plain.open("rb") as source, _writer(target, compression) as sink:
        while lines := source.readlines(4_000_000):
            chunk = b"".join(b'["no record"]\n' if list_line in line else line for line in lines)
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
        cells = ["|".join(cell) if isinstance(cell, list) else cell for cell in row]
        if cells[-1] == SURPLUS_CELL_MARK:
            cells[-1:] = ["x", "surplus"]
        sheet.append([_LONG_NUMBER if cell == LONG_NUMBER_MARK else cell for cell in cells])
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
