"""Good files with random damage: every row of them is read, refused or told of, and none is lost.

A seed makes the same damage each time; what fails names it.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reachline.inbox.check import Check, check_file
from reachline.inbox.engine import shared_engine
from reachline.inbox.problems import UnreadableFileError

COLUMNS = ("platform", "native_post_id", "observed_at", "value_basis", "likes", "views")
ROWS = 40
SHORT, LONG = 6, 150


def row(number: int) -> dict[str, str | None]:
    return {
        "platform": "tiktok" if number % 2 else "instagram",
        "native_post_id": f"17800000000000{number:04d}",
        "observed_at": f"2026-03-01T10:{number:02d}:00Z",
        "value_basis": "measured",
        "likes": None if number % 5 == 0 else str(number),
        "views": str(number * 10),
    }


GOOD = [row(number) for number in range(ROWS)]

VALUES = [
    None, "", " ", "0", "-0", "1e400", "NaN", "007", "9" * 40, "0.1234567890123456789", "é🎉",
    "a\nb", "a\r\nb", 'a"b', "a,b", "a;b", "[", "{", "=1+1", "x" * 5_000, "\\", "'",
    "\ufeff", "\u2028", "\u202e",
]  # fmt: skip
BYTES = [
    b'"', b",", b";", b"\n", b"\r", b"\r\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\\", b"{", b"}",
    b"[", b"]", b":", b"null", b"\\ud800", b"\\u0000", b"\xc3", b"\xf0\x9f", b" ", b"\t", b"1e400",
    b"0.1234567890123456789", b"NaN", b"-", b"\x1a", b"\x0b", b'""', b'"\n', b"'", b"\x85",
]  # fmt: skip


def damaged(good: bytes, chance: random.Random) -> bytes:
    """Return bytes of which some were taken away, put in, doubled or turned."""
    data = bytearray(good)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(data) + 1)
        upto = min(len(data), at + chance.choice((1, 1, 2, 10, 200)))
        match chance.randrange(6):
            case 0:
                del data[at:upto]
            case 1:
                data[at:at] = chance.choice(BYTES)
            case 2:
                data[at:upto] = chance.choice(BYTES)
            case 3:
                data[at:at] = data[at:upto]
            case 4 if at < len(data):
                data[at] ^= 1 << chance.randrange(8)
            case 5 if chance.random() < 0.2:
                del data[at:]
    return bytes(data)


def odd_rows(chance: random.Random) -> list[dict[str, str | None]]:
    """Return rows of which some have odd values, some no value, and some stand twice."""
    rows = [dict(each) for each in GOOD]
    for _ in range(chance.choice((1, 3, 30))):
        chance.choice(rows)[chance.choice(COLUMNS)] = chance.choice(VALUES)
    for _ in range(chance.choice((0, 0, 3))):
        rows.insert(chance.randrange(len(rows)), dict.fromkeys(COLUMNS))
        rows.append(dict(chance.choice(rows)))
    return rows


def csv_file(mark: str = ",") -> bytes:
    lines = [COLUMNS, *(tuple(v or "" for v in each.values()) for each in GOOD)]
    return "".join(mark.join(line) + "\n" for line in lines).encode()


def quoted_file() -> bytes:
    lines = [COLUMNS, *(tuple(f'"{v or ""}"' for v in each.values()) for each in GOOD)]
    return "".join(";".join(line) + "\r\n" for line in lines).encode()


def json_file() -> bytes:
    return "".join(json.dumps(each) + "\n" for each in GOOD).encode()


def parquet_file(rows: list[dict[str, str | None]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, pa.schema([(n, pa.string()) for n in COLUMNS])), out)
    return out.getvalue()


def sheet(rows: list[dict[str, str | None]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(COLUMNS)
    for number, each in enumerate(rows, 2):
        for at, value in enumerate(each.values(), 1):
            cell = book.active.cell(number, at)
            if value is not None:
                cell.value, cell.data_type = value, "s"
    book.save(out)
    return _without_clock(out.getvalue())


def _without_clock(book: bytes) -> bytes:
    """Return a workbook that does not tell when it was saved: a seed makes the same file."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = re.sub(
                rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-03-01T00:00:00Z", old.read(name)
            )
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def is_empty(each: dict[str, str | None]) -> bool:
    return not any(each.values())


def lines_with_a_value(content: bytes) -> int:
    """Count what is a row of a file that has no quotes, as RFC 4180 splits it."""
    text = content.removeprefix(b"\xef\xbb\xbf")
    ends = rb"\r\n|\n|\r" if b"\n" not in text else rb"\r?\n"
    found = [line for line in re.split(ends, text) if line]
    header = next((at for at, line in enumerate(found) if line.strip()), 0)
    return sum(1 for line in found[header + 1 :] if line != found[header])


def json_records(content: bytes) -> int:
    text = content.removeprefix(b"\xef\xbb\xbf")
    ends = rb"\n" if b"\n" in text else rb"\r"
    return sum(1 for line in re.split(ends, text) if line.strip())


Form = Callable[[random.Random], tuple[str, bytes, int | None]]
"""Gives a file's name, its content, and how many rows are in it, where that can be told."""


def unquoted(chance: random.Random) -> tuple[str, bytes, int | None]:
    content = damaged(csv_file(), chance)
    # a lone CR ends a row only where it ends one, and a NUL is none of its text
    is_plain = b'"' not in content and not re.search(rb"\r(?!\n)", content)
    return "m.csv", content, lines_with_a_value(content) if is_plain else None


def lines_of_json(chance: random.Random) -> tuple[str, bytes, int | None]:
    content = damaged(json_file(), chance)
    return "m.jsonl", content, json_records(content)


def of_odd_values(make: Callable[[list[dict[str, str | None]]], bytes], name: str) -> Form:
    def form(chance: random.Random) -> tuple[str, bytes, int | None]:
        rows = odd_rows(chance)
        return name, make(rows), len(rows)

    return form


def of_damage(make: Callable[[], bytes], name: str) -> Form:
    made = cache(make)
    return lambda chance: (name, damaged(made(), chance), None)


def objects(rows: list[dict[str, str | None]]) -> bytes:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in rows).encode()


FORMS: dict[str, Form] = {
    "csv": unquoted,
    "quoted csv": of_damage(quoted_file, "m.csv"),
    "jsonl": lines_of_json,
    "jsonl of odd values": of_odd_values(objects, "m.jsonl"),
    "parquet": of_damage(lambda: parquet_file(GOOD), "m.parquet"),
    "parquet of odd values": of_odd_values(parquet_file, "m.parquet"),
    "xlsx": of_damage(lambda: sheet(GOOD), "m.xlsx"),
    "xlsx of odd values": of_odd_values(sheet, "m.xlsx"),
    "gzip": of_damage(lambda: gzip.compress(csv_file(), mtime=0), "m.csv.gz"),
}


def checked(folder: Path, name: str, content: bytes) -> Check | None:
    path = folder / name
    path.write_bytes(content)
    try:
        return check_file(path, "post_metrics", ())
    except UnreadableFileError:
        return None


def hold(found: Check, rows: int | None) -> None:
    content = found.content
    assert content.rows == found.streams["post_metrics"] + found.refused
    if rows is not None:
        told = content.rows + content.rejected + content.empty + len(content.headers)
        assert told == rows


@pytest.fixture
def engine_of_all(tmp_path: Path) -> Iterator[None]:
    with shared_engine(tmp_path):
        yield


@pytest.mark.usefixtures("engine_of_all")
@pytest.mark.parametrize(
    "seeds", [range(SHORT), pytest.param(range(SHORT, LONG), marks=pytest.mark.long)]
)
@pytest.mark.parametrize("form", FORMS)
def test_no_row_of_a_damaged_file_is_lost(tmp_path: Path, form: str, seeds: range) -> None:
    read = 0
    for seed in seeds:
        chance = random.Random(f"{form} {seed}")
        name, content, rows = FORMS[form](chance)
        try:
            found = checked(tmp_path, name, content)
            if found is not None:
                hold(found, rows)
                read += 1
        except Exception as error:
            error.add_note(f"seed {seed} of {form}: {content[:3_000]!r}")
            raise
    assert read > 0 or form in ("gzip", "parquet", "xlsx")
