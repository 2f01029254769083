"""Rows without any value, as spreadsheets leave them below a table: no rows, whatever the form."""

from __future__ import annotations

import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

COLUMNS = ("platform", "native_post_id", "observed_at", "value_basis", "likes")
ROWS = [
    ("tiktok", "1", "2026-03-01T10:00:00Z", "measured", "7"),
    (None,) * 5,
    ("tiktok", "2", "2026-03-01T11:00:00Z", "measured", None),
    *[(None,) * 5] * 300,
]


def csv_file(mark=",", end="\n", empty="", quote="", trailing=0):
    lines = [mark.join(COLUMNS)]
    for row in ROWS:
        cells = [f"{quote}{v}{quote}" if v is not None else empty for v in row]
        lines.append(mark.join([*cells, *[empty] * trailing]))
    return end.join(lines) + end


def json_lines(empty, **options):
    records = []
    for row in ROWS:
        has_value = any(row)
        records.append(dict(zip(COLUMNS, row, strict=True)) if has_value else empty)
    return "\n".join(json.dumps(record, **options) for record in records) + "\n"


def parquet_file(empty):
    table = pa.table(
        {name: [row[at] if any(row) else empty for row in ROWS] for at, name in enumerate(COLUMNS)}
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def sheet(empty):
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(COLUMNS)
    for row in ROWS:
        book.active.append([empty if v is None else v for v in row])
    book.save(out)
    return out.getvalue()


NULLS = dict.fromkeys(COLUMNS)
FILES = {
    "commas": ("m.csv", csv_file()),
    "semicolons": ("m.csv", csv_file(";", "\r\n")),
    "tabs": ("m.csv", csv_file("\t")),
    "quotes": ("m.csv", csv_file(";", quote='"')),
    "empty quotes": ("m.csv", csv_file(";", "\r\n", empty='""', quote='"')),
    "more columns than the header": ("m.csv", csv_file(";", trailing=3)),
    "objects without keys": ("m.jsonl", json_lines({})),
    "nulls": ("m.jsonl", json_lines(NULLS)),
    "empty texts": ("m.jsonl", json_lines(dict.fromkeys(COLUMNS, ""))),
    "with blanks": ("m.jsonl", json_lines(NULLS, separators=(" , ", " : "))),
    "parquet": ("m.parquet", parquet_file(None)),
    "parquet of texts": ("m.parquet", parquet_file("")),
    "sheet": ("m.xlsx", sheet(None)),
}


@pytest.mark.parametrize("form", FILES)
def test_300_empty_rows_below_a_table_are_no_rows(home, both_ways, form):
    found = home.land_one("post_metrics", *FILES[form])
    first = 1 if "parquet" in form or FILES[form][0].endswith("jsonl") else 2
    assert found.report.reason == "rows without any value: 301, they are no rows"
    assert (found.columns, found.rejects) == (COLUMNS, [])
    assert found.rows == [
        (first, dict(zip(COLUMNS, ROWS[0], strict=True))),
        (first + 2, dict(zip(COLUMNS, ROWS[2], strict=True))),
    ]


@pytest.mark.parametrize("value", ["0", "false", "-", "''", "  "])
def test_a_row_with_any_value_is_a_row(home, value):
    content = csv_file(";").replace(";;;;\n", f";;;;{value}\n")
    found = home.land_one("post_metrics", "m.csv", content)
    assert (len(found.rows), found.report.reason) == (len(ROWS), "")


def test_lines_that_can_not_be_read_are_told_beside_empty_rows(home):
    content = csv_file(";").replace(";;;;\n", ';;"a\n', 1)
    found = home.land_one("post_metrics", "m.csv", content)
    assert [line for line, *_ in found.rejects] == [3]
    assert found.lines == [2, 4]


def test_a_file_of_empty_rows_alone_has_no_rows(home):
    found = home.land_one("post_metrics", "m.csv", ";".join(COLUMNS) + "\n" + ";;;;\n" * 300)
    assert (found.report.outcome, found.rows, found.rejects) == ("landed", [], [])
    assert found.report.reason == "rows without any value: 300, they are no rows"


@pytest.mark.parametrize("values", [1, 5])
def test_a_row_of_a_parquet_file_that_is_too_long_is_refused_alone(home, both_ways, values):
    rows = [[*row[:4], "7"] for row in (ROWS[0], ROWS[2], ROWS[0])]
    long = "x" * (9_000_000 // values)
    names = [*COLUMNS, *(f"note{at}" for at in range(values))]
    columns = [[row[at] for row in rows] for at in range(len(COLUMNS))]
    columns += [[None, long, "y"]] * values
    out = io.BytesIO()
    pq.write_table(pa.table(columns, names=names), out)
    found = home.land_one("post_metrics", "m.parquet", out.getvalue())
    assert found.lines == [1, 3]
    ((line, raw, column, reason),) = found.rejects
    assert (line, column) == (2, None)
    assert reason.startswith("the row is 90000")
    assert raw.startswith("tiktok\t2\t")
    assert len(raw) < 11_000
