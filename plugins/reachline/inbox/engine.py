"""DuckDB for reading one file: text in, parquet out, in bounded memory."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import duckdb
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.inbox.lossless import as_texts, lossless_values
from reachline.inbox.problems import UnreadableFileError
from reachline.inbox.row_filter import MAX_ROW_BYTES, FilteredRows
from reachline.sql import file_pattern, identifier, literal

MEMORY = "1500MB"
# No reader asks for the minimum and maximum of texts, which cost a fifth of the writing.
_WRITTEN: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "write_statistics": False,
}
_NO_KINDS: Mapping[str, str] = {}
_LOOKED_AT, _FEW = 4096, 16
_CHUNK_ROWS = 4 * 1024
_GROUP_ROWS = 120_000
_GROUP_BYTES = 64 * 1024 * 1024
_BATCH_ROWS = 100_000


@dataclass(frozen=True)
class Place:
    """Where a reader writes: the batch's data and rejects, and a folder of its own for the rest.

    `kinds` has the kind of each column, in lower case, that may be written as values.
    """

    data: Path
    rejects: Path
    work: Path
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """What was read of a file.

    Line of a row: its `_line` where `has_line`, else `first_line` + its number from 0. For parquet
    and JSON documents, which have no lines, records are counted from 1. `typed` are the columns
    that were written as values of their kind; all others are text. No rows are the lines before the
    header (`preamble`), those on which the header stands again, as where files were put together
    (`headers`), rows of totals (`totals`: line and text), and those without any value (`empty`: how
    many). `is_screened`: people who are forgotten were taken out, `forgotten` rows of theirs among
    the refused ones.
    """

    columns: tuple[str, ...]
    rows: int
    rejected: int
    first_line: int
    has_line: bool
    delimiter: str | None = None
    sha256: str | None = None
    typed: tuple[str, ...] = ()
    headers: tuple[int, ...] = ()
    preamble: tuple[str, ...] = ()
    totals: tuple[tuple[int, str], ...] = ()
    empty: int = 0
    is_screened: bool = False
    forgotten: int = 0


@dataclass
class _Shared:
    spills: Path
    con: duckdb.DuckDBPyConnection | None = None


_shared: ContextVar[_Shared | None] = ContextVar("shared", default=None)


@contextmanager
def shared_engine(spills: Path) -> Iterator[None]:
    """Have all files that are read in the block share one engine: to start one takes 12 ms.

    It spills into `spills`. An engine that a file broke is left; the next file gets another.
    """
    shared = _Shared(spills)
    token = _shared.set(shared)
    try:
        yield
    finally:
        _shared.reset(token)
        if shared.con is not None:
            shared.con.close()


@contextmanager
def engine(work: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection with bounded memory; it spills into `work`, if it is not a shared one."""
    shared = _shared.get()
    if shared is None:
        with _start(work) as con:
            yield con
        return
    if shared.con is None:
        shared.con = _start(shared.spills)
    try:
        with shared.con.cursor() as con:
            _quiet(con)
            yield con
    except duckdb.FatalException:
        shared.con = None
        raise


def _start(spills: Path) -> duckdb.DuckDBPyConnection:
    threads = min(os.cpu_count() or 1, 8)
    con = duckdb.connect(
        config={"memory_limit": MEMORY, "threads": threads, "temp_directory": str(spills)}
    )
    _quiet(con)
    return con


def _quiet(con: duckdb.DuckDBPyConnection) -> None:
    # a bar would be drawn on the standard output of whoever lands
    con.execute("set enable_progress_bar = false")


def one_file(path: Path) -> str:
    """Return a path as an SQL literal that means this file, whatever wildcards its name has."""
    return literal(file_pattern(path))


def out_of_space(error: BaseException) -> bool:
    """Whether an error says that the disk is full, rather than that the data are wrong."""
    return "No space left" in str(error) or "File too large" in str(error)


@dataclass(frozen=True)
class Written:
    """What was written: rows, how many values of each column are NULL, which columns are typed."""

    rows: int
    nulls: tuple[int, ...]
    typed: tuple[str, ...]


def copy_to(
    con: duckdb.DuckDBPyConnection,
    query: str,
    path: Path,
    kinds: Mapping[str, str] = _NO_KINDS,
    *,
    chunk_rows: int = _CHUNK_ROWS,
) -> Written:
    """Write what a query selects to a parquet file, in its order, read `chunk_rows` at a time.

    Raises OSError when the disk is full, duckdb.Error when the query fails.
    """
    try:
        with con.cursor() as cursor:
            reader = cursor.sql(query).to_arrow_reader(chunk_rows)
            return write_parquet(reader, path, kinds)
    except (duckdb.Error, OSError) as error:
        path.unlink(missing_ok=True)
        if out_of_space(error):
            raise full_disk(path) from error
        if isinstance(error, OSError) and error.errno is None:
            # so Arrow passes on that the query it reads from has failed
            raise duckdb.Error(str(error)) from error
        raise


def write_parquet(
    reader: pa.RecordBatchReader,
    path: Path,
    kinds: Mapping[str, str] = _NO_KINDS,
) -> Written:
    """Write what a reader yields, in row groups of bounded rows and bytes.

    Columns that `kinds` names are written as values where these convert to the same texts again:
    see reachline.inbox.lossless. For columns of text Arrow's writer takes less processor time than
    DuckDB's COPY, but it is one thread: so the next group is read while one is written.
    """
    wanted = {name: kinds[name.lower()] for name in reader.schema.names if name.lower() in kinds}
    groups = _row_groups(reader)

    def values_of(group: pa.Table) -> _Values:
        values = {name: lossless_values(group.column(name), kind) for name, kind in wanted.items()}
        return {name: column for name, column in values.items() if column is not None}

    rows = 0
    nulls = [0] * len(reader.schema)
    group = next(groups, reader.schema.empty_table())
    with ThreadPoolExecutor(1) as pool, _GroupWriter(path, group, values_of(group)) as writer:
        while group.num_rows:
            coming = pool.submit(next, groups, reader.schema.empty_table())
            writer.write(group, values_of(group))
            rows += group.num_rows
            for place, column in enumerate(group.columns):
                nulls[place] += column.null_count
            group = coming.result()
    return Written(rows, tuple(nulls), tuple(writer.types))


_Values = dict[str, pa.ChunkedArray]


class _GroupWriter:
    """A parquet file in the making; a column is typed as long as every group has values for it.

    When a group has none, the column becomes text in the groups that were written before, too.
    """

    def __init__(self, path: Path, first: pa.Table, values: _Values) -> None:
        self.types = {name: column.type for name, column in values.items()}
        self._path = path
        self._texts = first.schema
        self._repeating = _repeating(first)
        self._writer = self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._writer.close()

    def write(self, group: pa.Table, values: _Values) -> None:
        """Write a row group of texts; `values` has those of its columns that convert to values."""
        if not self.types.keys() <= values.keys():
            self._make_text(self.types.keys() - values.keys())
        for name in self.types:
            group = group.set_column(group.schema.get_field_index(name), name, values[name])
        self._writer.write_table(group)

    def _open(self) -> pq.ParquetWriter:
        schema = self._texts
        for name, kind in self.types.items():
            schema = schema.set(schema.get_field_index(name), pa.field(name, kind))
        return pq.ParquetWriter(
            self._path,
            schema,
            use_dictionary=[name for name in self._repeating if name not in self.types] or False,
            column_encoding=dict.fromkeys(self.types, "DELTA_BINARY_PACKED") or None,
            **_WRITTEN,
        )

    def _make_text(self, names: Collection[str]) -> None:
        self._writer.close()
        written = self._path.with_name(f"{self._path.name}.typed.tmp")
        self._path.rename(written)
        try:
            for name in names:
                del self.types[name]
            self._writer = self._open()
            with pq.ParquetFile(written) as typed:
                for number in range(typed.num_row_groups):
                    group = typed.read_row_group(number)
                    for name in names:
                        place = group.schema.get_field_index(name)
                        group = group.set_column(place, name, as_texts(group.column(name)))
                    self._writer.write_table(group)
        finally:
            written.unlink()


def _repeating(group: pa.Table) -> list[str]:
    """Return the columns of few distinct values in the first rows, which get a dictionary.

    Staging then reads each distinct value once instead of once a row.
    """
    first = group.slice(0, _LOOKED_AT)
    return [
        name
        for name, column in zip(first.column_names, first.columns, strict=True)
        if pc.count_distinct(column).as_py() <= _FEW < first.num_rows
    ]


def _row_groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Gather what a reader yields until there are rows or bytes enough for a row group."""
    chunks: list[pa.RecordBatch] = []
    rows = size = 0
    for chunk in reader:
        chunks.append(chunk)
        rows += chunk.num_rows
        size += chunk.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield pa.Table.from_batches(chunks)
            chunks, rows, size = [], 0, 0
    if chunks:
        yield pa.Table.from_batches(chunks)


def is_empty_row(columns: Collection[str], typed: Collection[str] = ()) -> str:
    """Return SQL of whether a row has no value; in a column of text the empty text is none."""
    return " and ".join(
        f"{identifier(name)} is null" if name in typed else f"coalesce({identifier(name)}, '') = ''"
        for name in columns
    )


def has_empty_rows(
    con: duckdb.DuckDBPyConnection, path: Path, columns: tuple[str, ...], read: Written
) -> bool:
    """Whether a row that was written has no value."""
    found = con.execute(
        f"select 1 from read_parquet({one_file(path)}, hive_partitioning = false)"
        f" where {is_empty_row(columns, read.typed)} limit 1"
    )
    return found.fetchone() is not None


def full_disk(path: Path) -> OSError:
    """Return the error of a full disk, as the operating system would raise it."""
    import errno

    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


def clean_csv(clean: Path, columns: tuple[str, ...], delimiter: str) -> str:
    """Return SQL that reads a filtered file, in which every row is well-formed."""
    types = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in columns)
    return (
        f"select * from read_csv({one_file(clean)}, header = false, auto_detect = false,"
        f" columns = {{{types}}}, delim = {literal(delimiter)}, quote = '\"', escape = '\"',"
        " nullstr = '', strict_mode = true, new_line = '\\n', compression = 'none',"
        f" max_line_size = {2 * MAX_ROW_BYTES + 2**20})"
    )


def write_clean(
    con: duckdb.DuckDBPyConnection, query: str, expected: int, filtered: FilteredRows, place: Place
) -> tuple[int, bool]:
    """Write the rows of a filtered file, with `_line` where a row is not simply a line.

    Returns first_line and has_line. Raises RuntimeError when DuckDB reads other rows than were
    written to it: then nothing may be landed.
    """
    has_line = len(filtered.run_rows) > 1
    if has_line:
        rows = write_numbered(con, query, filtered, place.data)
    else:
        rows = copy_to(con, query, place.data).rows
    if rows != expected:
        raise RuntimeError(f"{rows} rows were read where {expected} were found well-formed")
    return (filtered.run_lines[0] if filtered.run_lines else 0), has_line


def write_numbered(
    con: duckdb.DuckDBPyConnection,
    query: str,
    filtered: FilteredRows,
    path: Path,
    number_column: str | None = None,
) -> int:
    """Write what a query selects with the `_line` of each row; returns the number of rows.

    A row's number in the filtered file is its place in the result, or stands in `number_column`,
    which is left out then.
    """
    starts = np.frombuffer(filtered.run_rows, dtype=np.int64)
    lines = np.frombuffer(filtered.run_lines, dtype=np.int64)
    done = 0
    writer: pq.ParquetWriter | None = None
    try:
        with con.cursor() as cursor:
            reader = cursor.sql(query).to_arrow_reader(_BATCH_ROWS)
            for batch in reader:
                table = pa.Table.from_batches([batch])
                if number_column is None:
                    numbers = np.arange(done, done + batch.num_rows, dtype=np.int64)
                else:
                    numbers = table.column(number_column).to_numpy()
                    table = table.drop_columns([number_column])
                at = np.searchsorted(starts, numbers, side="right") - 1
                table = table.append_column("_line", pa.array(lines[at] + (numbers - starts[at])))
                if writer is None:
                    writer = pq.ParquetWriter(path, table.schema, use_dictionary=False, **_WRITTEN)
                writer.write_table(table)
                done += batch.num_rows
            if writer is None:
                empty = reader.schema.empty_table()
                if number_column is not None:
                    empty = empty.drop_columns([number_column])
                empty = empty.append_column("_line", pa.array([], pa.int64()))
                writer = pq.ParquetWriter(path, empty.schema, use_dictionary=False, **_WRITTEN)
                writer.write_table(empty)
    finally:
        if writer is not None:
            writer.close()
    return done


def reason_of(error: duckdb.Error) -> str:
    """Return the first line of what DuckDB says, without the file's working name."""
    text = str(error).strip().split("\n")[0]
    return re.sub(r"""( in)? file ["'][^"']*["']""", "", text)[:500]


def unreadable(what: str, error: Exception) -> UnreadableFileError:
    """Return the refusal of a file that is not what its name says."""
    detail = reason_of(error) if isinstance(error, duckdb.Error) else str(error)[:500]
    return UnreadableFileError(
        f"the file is damaged, or not {what} at all: {detail.rstrip('.')}. Ask for the file again, "
        "or give it the ending that fits."
    )
