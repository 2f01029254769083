"""What a kept file says, whatever it is packed in: for those who look for a person."""

from __future__ import annotations

import bz2
import gzip
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import duckdb
import pyarrow.parquet as pq

from reachline.arrow import pa
from reachline.sql import identifier

_AT_ONCE = 4 * 1024 * 1024
_TAG = re.compile(r"<[^>]*>")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts of a file: lines of text, cells of parquet, parts of what is zipped.

    What is packed (gz, bz2, zst, zip, xlsx) is unpacked, also one within another. What can't be
    unpacked is read as it stands.
    """
    with path.open("rb") as file:
        yield from _texts(file, depth=0)


def _texts(file: IO[bytes], depth: int) -> Iterator[str]:
    head = file.read(6)
    file.seek(0)
    if depth < 3:
        try:
            if head[:2] == b"\x1f\x8b":
                yield from _texts(io.BytesIO(gzip.GzipFile(fileobj=file).read()), depth + 1)
                return
            if head[:3] == b"BZh":
                yield from _texts(io.BytesIO(bz2.BZ2File(file).read()), depth + 1)
                return
            if head[:4] == b"\x28\xb5\x2f\xfd":
                unpacked = pa.CompressedInputStream(pa.PythonFile(file), "zstd").read()
                yield from _texts(io.BytesIO(unpacked), depth + 1)
                return
            if head[:2] == b"PK":
                with zipfile.ZipFile(file) as packed:
                    for name in packed.namelist():
                        yield name
                        yield from _texts(io.BytesIO(packed.read(name)), depth + 1)
                return
            if head[:4] == b"PAR1":
                for batch in pq.ParquetFile(file).iter_batches():
                    for row in batch.to_pylist():
                        yield from (str(cell) for cell in row.values() if cell is not None)
                return
        except (OSError, EOFError, zipfile.BadZipFile, pa.ArrowInvalid):
            file.seek(0)
    yield from _lines(file)


def _lines(file: IO[bytes]) -> Iterator[str]:
    head = file.read(2)
    file.seek(0)
    encoding = "utf-16" if head in _UTF_16 else "utf-8"
    text = io.TextIOWrapper(file, encoding=encoding, errors="replace", newline=None)
    try:
        while line := text.readline(_AT_ONCE):
            yield _TAG.sub("\n", line) if "<" in line else line
    finally:
        text.detach()


def values_of_database(path: Path) -> Iterator[str]:
    """Yield every text in the tables of a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as con:
        for names in con.execute(
            "select database_name, schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall():
            rows = con.cursor().execute(f"from {'.'.join(map(identifier, names))}")
            while batch := rows.fetchmany(10_000):
                for row in batch:
                    yield from (str(cell) for cell in row if cell is not None)
