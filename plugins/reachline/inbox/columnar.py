"""Reading parquet: each column as the text that a CSV would hold."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reachline.inbox.engine import (
    Content,
    Place,
    copy_to,
    engine,
    one_file,
    out_of_space,
    unreadable,
)
from reachline.inbox.names import file_columns
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
        values = ", ".join(
            f"{_as_text(identifier(name), kind)} as {identifier(landed)}"
            for name, kind, landed in described
        )
        try:
            query = f"select {values} from {_relation(source)}"
            read = copy_to(con, query, place.data, place.kinds)
        except duckdb.Error as error:
            if out_of_space(error):
                raise
            raise unreadable("a parquet file", error) from error
    return Content(
        tuple(landed for _, _, landed in described),
        read.rows,
        0,
        1,
        False,
        typed=read.typed,
    )


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
