"""Reading parquet: each column as the text that a CSV would hold."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.inbox.engine import (
    Content,
    Place,
    Written,
    copy_to,
    engine,
    has_empty_rows,
    is_empty_row,
    one_file,
    out_of_space,
    unreadable,
    write_numbered,
)
from reachline.inbox.names import file_columns
from reachline.inbox.problems import RAW_CHARACTERS, RejectSink
from reachline.inbox.row_filter import MAX_ROW_BYTES, FilteredRows
from reachline.sql import identifier


def parquet_columns(source: Path, work: Path) -> tuple[str, ...]:
    """Return the columns of a parquet file, as they land; UnreadableFileError when it is none."""
    with engine(work) as con:
        return tuple(landed for _, _, landed in _described(con, source))


def read_parquet(source: Path, place: Place) -> Content:
    """Read a parquet file into a batch; records are counted from 1.

    Raises UnreadableFileError when it is damaged or no parquet at all.
    """
    with engine(place.work) as con:
        described = _described(con, source)
        columns = tuple(landed for _, _, landed in described)
        values = ", ".join(
            f"{_as_text(identifier(name), kind)} as {identifier(landed)}"
            for name, kind, landed in described
        )
        try:
            query = f"select {values} from {_relation(source)}"
            read = copy_to(con, query, place.data, place.kinds)
            texts = (identifier(name) for name in columns if name not in read.typed)
            length = " + ".join(["0", *(f"coalesce(strlen({text}), 0)" for text in texts)])
            if has_empty_rows(con, place.data, columns, read) or _has_long_rows(
                con, source, place.data, length
            ):
                return _without_odd_rows(con, columns, read, length, place)
        except duckdb.Error as error:
            if out_of_space(error):
                raise
            raise unreadable("a parquet file", error) from error
    return Content(columns, read.rows, 0, 1, False, typed=read.typed)


def _without_odd_rows(
    con: duckdb.DuckDBPyConnection,
    columns: tuple[str, ...],
    read: Written,
    length: str,
    place: Place,
) -> Content:
    """Write a batch that was written once more: without rows that are empty, or too long."""
    every, written = FilteredRows(), place.work / "every.parquet"
    every.wrote(read.rows, 1)
    shutil.move(place.data, written)
    numbered = f"read_parquet({one_file(written)}, file_row_number = true)"
    texts = ", ".join(f"left({_text_of(name, read)}, {RAW_CHARACTERS})" for name in columns)
    with RejectSink(place.rejects) as rejects:
        for number, size, raw in con.execute(
            f"select file_row_number, {length} as size, concat_ws('\t', {texts}) from {numbered}"
            f" where size > {MAX_ROW_BYTES}"
        ).fetchall():
            reason = f"the row is {size} bytes long; up to {MAX_ROW_BYTES} are read"
            rejects.add(number + 1, raw, None, reason)
    query = (
        f"select * from {numbered}"
        f" where not ({is_empty_row(columns, read.typed)}) and {length} <= {MAX_ROW_BYTES}"
    )
    landed = write_numbered(con, query, every, place.data, "file_row_number")
    written.unlink()
    empty = read.rows - landed - rejects.rejected
    return Content(columns, landed, rejects.rejected, 1, True, typed=read.typed, empty=empty)


def _has_long_rows(
    con: duckdb.DuckDBPyConnection, source: Path, written: Path, length: str
) -> bool:
    """Whether a row is longer than it may be; most files have no group of rows that is so long."""
    facts = pq.read_metadata(source)
    groups = [facts.row_group(number) for number in range(facts.num_row_groups)]
    if all(group.total_byte_size <= MAX_ROW_BYTES for group in groups):
        return False
    found = con.execute(
        f"select 1 from read_parquet({one_file(written)}) where {length} > {MAX_ROW_BYTES} limit 1"
    )
    return found.fetchone() is not None


def _text_of(name: str, read: Written) -> str:
    return f"cast({identifier(name)} as varchar)" if name in read.typed else identifier(name)


def _relation(source: Path) -> str:
    return f"read_parquet({one_file(source)}, hive_partitioning = false)"


def _described(con: duckdb.DuckDBPyConnection, source: Path) -> list[tuple[str, str, str]]:
    """Return name, type and name in landing of each column."""
    try:
        found = con.execute(f"describe select * from {_relation(source)}").fetchall()
        stored = pq.read_schema(source).names
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise unreadable("a parquet file", error) from error
    file_columns(stored)  # DuckDB would rename the second of two equal names
    landed = file_columns(str(row[0]) for row in found)
    return [(str(row[0]), str(row[1]), name) for row, name in zip(found, landed, strict=True)]


def _as_text(column: str, kind: str) -> str:
    """Return SQL that turns a column of a type into text."""
    if kind == "VARCHAR":
        return column
    if kind == "BLOB":
        # texts that their writer did not mark as such
        return f"coalesce(try(decode({column})), cast({column} as varchar))"
    if kind.endswith("[]") or kind.startswith(("STRUCT", "MAP")) or kind.endswith("]"):
        return f"cast(to_json({column}) as varchar)"
    if kind in ("DOUBLE", "FLOAT"):
        # a count with gaps is a DOUBLE in many writers: 12.0 was 12, NaN was nothing
        whole = f"{column} = trunc({column}) and abs({column}) < 9007199254740992"
        return (
            f"case when isnan({column}) then null"
            f" when {whole} then cast(cast({column} as bigint) as varchar)"
            f" else cast({column} as varchar) end"
        )
    if kind.startswith("TIMESTAMP"):
        moment = f"({column} at time zone 'UTC')" if "TIME ZONE" in kind else column
        return f"replace(cast(cast({moment} as timestamp) as varchar), ' ', 'T') || 'Z'"
    return f"cast({column} as varchar)"
