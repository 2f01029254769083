"""Every format, plain and packed, gives the same rows; each has its own bad input."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from reachline.inbox import jsonlines, sheets, unpack

pytestmark = pytest.mark.usefixtures("both_ways")

COLUMNS = ("order_id", "ordered_at", "currency", "gross_amount", "status")
ROWS = [
    ("9007199254740993", "2026-03-01T10:00:00Z", "USD", "11.5", "placed"),
    ("ö🎉", "2026-03-01T11:00:00Z", "EUR", "12", None),
]


def as_csv(rows=ROWS):
    lines = [",".join(value or "" for value in row) for row in rows]
    return "\n".join([",".join(COLUMNS), *lines, ""]).encode()


def as_jsonl(rows=ROWS):
    lines = [json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in rows]
    return "\n".join([*lines, ""]).encode()


def as_parquet(rows=ROWS):
    out = io.BytesIO()
    table = pa.table({c: [row[i] for row in rows] for i, c in enumerate(COLUMNS)})
    pq.write_table(table, out)
    return out.getvalue()


def as_xlsx(rows=ROWS, header=COLUMNS, prepare=None):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [header, *rows]:
        sheet.append(row)
    if prepare is not None:
        prepare(sheet)
    book.create_sheet("second").append(["not", "read"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


WRITERS = {"csv": as_csv, "jsonl": as_jsonl, "ndjson": as_jsonl, "parquet": as_parquet,
           "xlsx": as_xlsx}  # fmt: skip
PACKERS = {
    "": lambda data: data,
    ".gz": gzip.compress,
    ".zst": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("ending", WRITERS)
def test_every_format_gives_the_same_rows(home, ending, packing):
    content = PACKERS[packing](WRITERS[ending]())
    found = home.land_one("orders", f"Orders.{ending}{packing}", content)
    assert found.report.outcome == "landed", found.report.reason
    assert found.columns == COLUMNS
    assert found.values == ROWS
    first = {"csv": 2, "xlsx": 2}.get(ending, 1)
    assert found.lines == [first, first + 1]
    assert found.rejects == []


@pytest.mark.parametrize(
    ("bad", "ids", "rejected", "lines"),
    [
        (b'"a,b\nc"', ["a,b\nc"], 0, 2),
        (b'"q"', ["q"], 0, 1),
        (b"z\r", [None], 1, 2),
        (b"\xff", [], 1, 1),
        (b"\0", [], 1, 1),
    ],
)
def test_trouble_far_down_a_plain_file_is_seen(home, bad, ids, rejected, lines):
    plain = b"".join(b"%d,2026-03-01T10:00:00Z,USD,11.5,placed\n" % n for n in range(40_000))
    header = ",".join(COLUMNS).encode() + b"\n"
    row = b",2026-03-01T11:00:00Z,USD,12,placed\n"
    found = home.land_one("orders", "long.csv", header + plain + bad + row + plain)
    assert len(plain) > 1024 * 1024  # of one megabyte the head is read before all else
    good = [v[0] for v in found.values]
    assert good[:40_000] == good[-40_000:] == [str(n) for n in range(40_000)]
    assert good[40_000:-40_000] == ids
    assert len(found.rejects) == rejected
    assert found.lines[-1] == 1 + 40_000 + lines + 40_000


def test_endings_are_read_in_any_case(home):
    assert home.land_one("orders", "A.CSV.GZ", gzip.compress(as_csv())).values == ROWS


# --- packed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("packing", [".gz", ".zst"])
@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_cut_off_file_fails_whole(home, packing, cut):
    content = PACKERS[packing](as_csv() + b"".join(b"%d,x,x,1,x\n" % n for n in range(50)))
    found = home.land_one("orders", f"a.csv{packing}", content[:-cut])
    assert found.report.outcome == "failed"
    assert "is cut off after" in found.report.reason
    assert "Ask for the file again; nothing of it was taken" in found.report.reason
    assert (home.inbox / "_failed" / "orders" / f"a.csv{packing}").read_bytes() == content[:-cut]


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_damaged_or_mislabelled_file_fails(home, packing):
    # a .zst file carries a checksum unless its writer leaves it out
    pack = zstandard.ZstdCompressor(write_checksum=True).compress
    content = bytearray((gzip.compress if packing == ".gz" else pack)(as_csv() * 50))
    content[len(content) // 2] ^= 0xFF
    home.drop("orders", f"a.csv{packing}", bytes(content))
    home.drop("orders", f"b.csv{packing}", as_csv())
    home.drop("orders", f"c.csv{packing}", b"")
    report = home.land()
    assert [f.outcome for f in report.files] == ["failed"] * 3


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_several_parts_in_one_packed_file_are_one_file(home, packing):
    pack = PACKERS[packing]
    content = pack(as_csv(ROWS[:1])) + pack(as_csv(ROWS[1:]).split(b"\n", 1)[1])
    assert home.land_one("orders", f"a.csv{packing}", content).values == ROWS


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_bomb_is_not_unpacked(home, packing, monkeypatch):
    monkeypatch.setattr(unpack, "BOMB_BYTES", 1_000_000)
    monkeypatch.setattr(unpack, "BOMB_RATIO", 100)
    content = PACKERS[packing](b"order_id\n" + b"1" * 20_000_000)
    found = home.land_one("orders", f"a.csv{packing}", content)
    assert "it looks like a bomb" in found.report.reason


# --- JSON lines -----------------------------------------------------------------------------------


def test_json_values_as_text(home):
    lines = [
        '{"order_id":12345678901234567890,"ordered_at":true,"currency":[1,"x",{"k":1.5}]}',
        '{"order_id":-1.5,"gross_amount":{"a":[]},"status":"","Extra Key":"é\\u00e9"}',
    ]
    found = home.land_one("orders", "a.jsonl", "\n".join(lines))
    assert found.columns == (
        "order_id", "ordered_at", "currency", "gross_amount", "status", "Extra Key",
    )  # fmt: skip
    assert found.report.outcome == "landed", found.report.reason
    assert found.values == [
        ("12345678901234567890", "true", '[1,"x",{"k":1.5}]', None, None, None),
        ("-1.5", None, None, '{"a":[]}', "", "éé"),
    ]


def test_lines_that_are_no_json_object_are_refused_with_their_line(home):
    good = '{"order_id":"%s","ordered_at":"t","currency":"USD","gross_amount":1,"status":"x"}'
    lines = [
        good % 1,
        "",
        '{"order_id":"2"',
        '["3"]',
        '{"order_id":"4","Order_ID":"4b"}',
        good % "5\\u0000",
        "null",
        good % "\\\\u0000",
        '{"order_id":"\\ud800"}',
        good % "9\x01",
    ]
    found = home.land_one("orders", "a.jsonl", "\r\n".join(lines))
    assert [(line, row["order_id"]) for line, row in found.rows] == [(1, "1"), (8, "\\u0000")]
    assert sorted((line, reason) for line, _, _, reason in found.rejects) == [
        (3, "not JSON"),
        (4, "not a JSON object but array"),
        (5, "a key stands twice in the record"),
        (6, "a NUL character in a text"),
        (7, "not a JSON object but null"),
        (9, "not JSON"),
        (10, "not JSON: a control character (0x01) at position 14"),
    ]
    assert {raw for _, raw, _, _ in found.rejects} == {
        lines[n] for n in (2, 3, 4, 5, 6, 8, 9)
    }  # fmt: skip
    columns = {line: column for line, _, column, _ in found.rejects}
    assert columns[6] == columns[10] == "order_id"


def test_a_json_line_that_is_not_utf_8_names_the_key(home):
    record = b'{"order_id":"1","ordered_at":"t","currency":"USD","gross_amount":1,"status":"%s"}'
    good = record % "é".encode()
    lines = [good, record % b"caf\xe9", b'{"caf\xe9":"x"}', good, good]
    found = home.land_one("orders", "a.jsonl", b"\n".join(lines))
    assert [line for line, _ in found.rows] == [1, 4, 5]
    assert [(line, column) for line, _, column, _ in found.rejects] == [(2, "status"), (3, None)]


def test_a_key_that_only_a_late_record_has_is_a_column(home):
    record = '{"order_id":"%d","ordered_at":"t","currency":"USD","gross_amount":1,"status":"x"%s}'
    lines = [record % (n, ',"seldom":7' if n == 1500 else "") for n in range(3000)]
    found = home.land_one("orders", "a.jsonl", "\n".join(lines))
    assert found.columns[-1] == "seldom"
    assert [line for line, row in found.rows if row["seldom"]] == [1501]
    assert found.lines == list(range(1, 3001))


def test_a_key_absent_from_every_record_is_an_absent_column(home):
    record = '{"order_id":"1","ordered_at":"t","currency":"USD","gross_amount":1,"status":"x"}'
    assert home.land_one("orders", "a.jsonl", record).columns == COLUMNS
    found = home.land_one("orders", "b.jsonl", record[:-1] + ',"customer_id":null}')
    assert found.columns == (*COLUMNS, "customer_id")


def test_required_keys_must_be_somewhere(home):
    found = home.land_one("orders", "a.jsonl", '{"order_id":1,"status":null}\n')
    assert "required columns of orders are missing: ordered_at, currency" in found.report.reason
    assert home.land_one("orders", "b.jsonl", "").report.reason.startswith("the file is empty")
    assert "no line of the file" in home.land_one("orders", "c.jsonl", "[]\n").report.reason


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_json_lines_in_another_encoding_fail(home, encoding):
    content = '{"order_id":"é"}\n{"order_id":"ü"}\n'.encode(encoding)
    found = home.land_one("orders", "a.jsonl", content)
    assert f"it looks like {encoding}" in found.report.reason


def test_a_long_json_line_is_refused(home):
    record = '{"order_id":"%s","ordered_at":"t","currency":"USD","gross_amount":1,"status":"x"}'
    content = "\n".join([record % 1, record % ("x" * 8_400_000), record % 3])
    found = home.land_one("orders", "a.jsonl", content)
    assert found.lines == [1, 3]
    assert found.rejects[0][0] == 2


# --- parquet --------------------------------------------------------------------------------------


def test_parquet_values_as_text(home):
    table = pa.table(
        {
            "order_id": pa.array([2**63 - 1, None], pa.int64()),
            "ordered_at": pa.array(
                [datetime.datetime.fromisoformat("0001-01-01"), None], pa.timestamp("us")
            ),
            "currency": pa.array([b"USD", b"\xff"], pa.binary()),
            "gross_amount": pa.array([12.0, float("nan")], pa.float64()),
            "status": pa.array([["a", "b|c"], []], pa.list_(pa.string())),
            "zoned": pa.array(
                [datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC), None],
                pa.timestamp("ms", tz="Europe/Berlin"),
            ),
            "day": pa.array([datetime.date(2024, 2, 29), None], pa.date32()),
            "flag": pa.array([True, None], pa.bool_()),
            "price": pa.array([1.25, 1e300], pa.float64()),
            "deep": pa.array([{"k": [1]}, None]),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    found = home.land_one("orders", "a.parquet", out.getvalue())
    assert found.report.outcome == "landed", found.report.reason
    assert found.values == [
        (
            "9223372036854775807", "0001-01-01T00:00:00Z", "USD", "12", '["a","b|c"]',
            "2026-03-01T10:00:00Z", "2024-02-29", "true", "1.25", '{"k":[1]}',
        ),
        (None, None, "\\xFF", None, "[]", None, None, None, "1e+300", None),
    ]  # fmt: skip


def test_a_parquet_file_that_is_none_or_cut_off_fails(home):
    home.drop("orders", "a.parquet", b"order_id\n1\n")
    home.drop("orders", "b.parquet", as_parquet()[:-30])
    home.drop("orders", "c.parquet", b"")
    assert [f.outcome for f in home.land().files] == ["failed"] * 3
    out = io.BytesIO()
    pq.write_table(pa.table([["1"], ["2"]], names=["order_id", "Order_ID"]), out)
    found = home.land_one("orders", "d.parquet", out.getvalue())
    assert "names columns twice" in found.report.reason


def test_a_parquet_name_with_wildcards_reads_no_other_file(home):
    home.drop("orders", "a.parquet", as_parquet(ROWS[:1]))
    home.drop("orders", "*.parquet", as_parquet(ROWS[1:]))
    first, second = home.land().files
    assert home.read(first).values == ROWS[1:]
    assert home.read(second).values == ROWS[:1]


def test_keys_that_would_land_under_one_name_fail_the_file(home):
    # `line` is staging's own, and lands as `line_`
    found = home.land_one("orders", "a.jsonl", '{"order_id":"1","line":1}\n{"line_":2}\n')
    assert "names columns twice: line_. Rename or remove one of each." in found.report.reason


# --- workbooks ------------------------------------------------------------------------------------


def with_stored_value(content: bytes, cell: str, xml: str) -> bytes:
    """Return the workbook with another XML for one cell, as a spreadsheet program would store."""
    import re

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                pattern = rf'<c r="{cell}"[^>]*?(/>|>.*?</c>)'.encode()
                assert re.search(pattern, data)
                data = re.sub(pattern, xml.encode(), data)
            new.writestr(item, data)
    return out.getvalue()


def test_cells_of_a_workbook_as_text(home):
    def prepare(sheet):
        sheet["B2"] = datetime.datetime.fromisoformat("2026-03-01T10:30")
        sheet["B3"] = datetime.date(2026, 3, 1)
        sheet["D2"], sheet["D3"] = 1234.0, 0.1
        sheet["E2"] = True

    found = home.land_one("orders", "a.xlsx", as_xlsx(prepare=prepare))
    assert found.values[0][1:] == ("2026-03-01T10:30:00", "USD", "1234", "true")
    assert found.values[1][1:] == ("2026-03-01", "EUR", "0.1", None)


def test_formulas_take_their_stored_value(home):
    formula = '<c r="D2"><f>1+1</f><v>2</v></c>'
    found = home.land_one("orders", "a.xlsx", with_stored_value(as_xlsx(), "D2", formula))
    assert found.values[0][3] == "2"
    empty = '<c r="E2" t="str"><f>IF(1,"","x")</f><v></v></c>'
    found = home.land_one("orders", "b.xlsx", with_stored_value(as_xlsx(), "E2", empty))
    assert found.values[0][4] is None
    assert found.rejects == []


def test_a_formula_without_a_stored_value_fails_its_row(home):
    def prepare(sheet):
        sheet["D3"] = "=D2*2"

    found = home.land_one("orders", "a.xlsx", as_xlsx(prepare=prepare))
    assert found.lines == [2]
    assert [(line, column) for line, _, column, _ in found.rejects] == [(3, "gross_amount")]
    assert "cell D3 holds a formula without a stored value" in found.rejects[0][3]


def test_errors_and_cells_beyond_the_header_fail_their_rows(home):
    def prepare(sheet):
        sheet["C2"] = "#REF!"
        sheet["H3"] = "note"
        sheet.append([])
        sheet.append([*ROWS[0], None, None])

    found = home.land_one("orders", "a.xlsx", as_xlsx(prepare=prepare))
    assert found.lines == [5]
    assert [(line, column, reason) for line, _, column, reason in found.rejects] == [
        (2, "currency", "cell C2 holds the error #REF!"),
        (3, None, "cell H3 stands right of the header's last column"),
    ]


@pytest.mark.parametrize("stored", [1.895471203384619e18, 1895471203384619017, -(10**15)])
def test_a_number_too_long_for_a_workbook_fails_its_row(home, stored):
    def prepare(sheet):
        sheet["A2"] = stored
        sheet["A3"] = 10**15 - 1
        sheet["A4"] = "1895471203384619017"

    rows = [*ROWS, ROWS[0]]
    found = home.land_one("orders", "a.xlsx", as_xlsx(rows[:3], prepare=prepare))
    assert [row[0] for row in found.values] == ["999999999999999", "1895471203384619017"]
    assert [(line, column) for line, _, column, _ in found.rejects] == [(2, "order_id")]
    assert "cell A2 holds a number of more than 15 digits" in found.rejects[0][3]
    assert "Format the column as text" in found.rejects[0][3]


def test_text_that_looks_like_something_else_stays_text(home):
    rows = [("0012", "a\nb", "=1", '"', "x")]

    def prepare(sheet):
        sheet["C2"].data_type = "s"

    found = home.land_one("orders", "a.xlsx", as_xlsx(rows, prepare=prepare))
    assert found.values == rows


def test_workbooks_that_are_none_or_empty_fail(home):
    book = openpyxl.Workbook()
    out = io.BytesIO()
    book.save(out)
    assert "first sheet is empty" in home.land_one("orders", "a.xlsx", out.getvalue()).report.reason
    assert "not a workbook" in home.land_one("orders", "b.xlsx", as_csv()).report.reason
    cut = home.land_one("orders", "c.xlsx", as_xlsx()[:-100])
    assert "not a workbook" in cut.report.reason
    twice = home.land_one("orders", "d.xlsx", as_xlsx(header=("order_id", *COLUMNS[:-1])))
    assert "names columns twice: order_id" in twice.report.reason
    empty_zip = io.BytesIO()
    with zipfile.ZipFile(empty_zip, "w") as archive:
        archive.writestr("a.txt", "no workbook")
    assert home.land_one("orders", "e.xlsx", empty_zip.getvalue()).report.outcome == "failed"


def test_a_workbook_that_unpacks_beyond_measure_fails(home, monkeypatch):
    monkeypatch.setattr(sheets, "_FREE_BYTES", 100_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 5_000_000)
    found = home.land_one("orders", "a.xlsx", out.getvalue())
    assert "it looks like a bomb" in found.report.reason


def test_entities_in_a_workbook_are_not_expanded(home):
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    content = as_xlsx()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                data = bomb.encode() + data.replace(b"<v>", b"<v>&b;", 1)
            new.writestr(item, data)
    found = home.land_one("orders", "a.xlsx", out.getvalue())
    assert found.report.outcome == "failed"


# --- bounded memory -------------------------------------------------------------------------------


def test_a_line_of_50_mb_and_a_large_file_take_bounded_memory(home, tmp_path):
    """Memory of a process that lands, beside one that lands nothing: limits of a kernel's count."""
    path = home.drop("post_metrics", "a.csv", "")
    head = "platform,native_post_id,observed_at,likes\n"
    duckdb.execute(
        "copy (select 'x' as a, i, '2026-03-01T00:00:00Z', i % 1000 from range(600000) t(i))"
        f" to '{path}' (format csv, header false)"
    )
    body = path.read_bytes()
    middle = body.index(b"\n", len(body) // 2) + 1
    path.write_bytes(
        head.encode() + body[:middle] + b"x," + b"y" * 50_000_000 + b"\n" + body[middle:]
    )
    script = (
        "import resource, sys; from dataclasses import replace; from datetime import date\n"
        "from pathlib import Path; from reachline.inbox import land_files\n"
        "from reachline.configuration import EXAMPLE; "
        "from reachline.settings import Paths, load_settings\n"
        "settings = replace(load_settings(config=EXAMPLE), paths=Paths(Path(sys.argv[1])))\n"
        "sources = settings.config.sources.model_copy(update={'inbox':"
        " settings.config.sources.inbox.model_copy(update={'settle_seconds': 0.0})})\n"
        "settings = replace(settings, config=settings.config.model_copy("
        "update={'sources': sources}))\n"
        "def land(): return land_files(settings, date(2026, 3, 1), 'r').files\n"
        "land(); before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "(file,) = land()\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(file.outcome, file.rows, file.rejected, (after - before) // 1024)\n"
    )
    moved = path.rename(tmp_path / "kept")
    script = script.replace("(file,) =", f"Path({str(moved)!r}).rename({str(path)!r})\n(file,) =")
    run = subprocess.run(
        [sys.executable, "-c", script, str(home.settings.paths.home)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    outcome, rows, rejected, megabytes = run.stdout.split()
    assert (outcome, int(rows), int(rejected)) == ("landed", 600_000, 1)
    assert int(megabytes) < 500


# --- JSON documents are for mappings; their limits stand here -------------------------------------


def test_a_document_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    from reachline.inbox.engine import Place
    from reachline.inbox.problems import UnreadableFileError

    monkeypatch.setattr(jsonlines, "MAX_DOCUMENT_BYTES", 100)
    source = tmp_path / "a.json"
    source.write_text(json.dumps([{"id": "x" * 200}]))
    with pytest.raises(UnreadableFileError, match="up to 100 are read"):
        jsonlines.read_document(source, None, Place(tmp_path / "d", tmp_path / "r", tmp_path))


def test_a_path_means_one_file_whatever_its_name(tmp_path):
    """DuckDB 2 looks for a file of that very name first; older ones take it for a pattern."""
    from reachline.inbox.engine import one_file

    assert one_file(Path("a[b]*?'.csv")) == "'a[[]b][*][?]''.csv'"
    for name in ("a*.csv", "ab.csv"):
        (tmp_path / name).write_text(f"name\n{name}\n")
    found = duckdb.sql(f"select name from read_csv({one_file(tmp_path / 'a*.csv')})").fetchall()
    assert found == [("a*.csv",)]


def test_json_lines_are_read_by_fewer_rows_where_a_part_of_the_file_has_long_ones(tmp_path):
    short, long = b'{"a": "b"}\n', b'{"a": "' + b"b" * 50_000 + b'"}\n'
    path = tmp_path / "lines.jsonl"
    path.write_bytes(short * 300_000)
    assert jsonlines._chunk_rows(path) > 50_000
    path.write_bytes(short * 150_000 + long * 20 + short * 150_000)
    assert jsonlines._chunk_rows(path) <= 1024


def test_a_header_that_stands_again_in_a_sheet_is_no_row(home):
    found = home.land_one("orders", "a.xlsx", as_xlsx([ROWS[0], COLUMNS, ROWS[1]]))
    assert (found.values, found.lines, found.rejects) == (ROWS, [2, 4], [])
    assert found.report.reason.startswith("its header stands again on line 3: no rows")
