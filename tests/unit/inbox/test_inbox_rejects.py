"""Refused rows go back to the people who dropped the file, beside it."""

from __future__ import annotations

import csv

import pyarrow as pa
import pytest

from reachline.inbox.rejects import safe_cell, write_rejects

HEAD = "code,valid_from,collaboration_id\n"


def quarantine(*rows):
    names = ("batch_id", "stream", "line", "column_name", "reason", "raw")
    columns = [list(values) for values in zip(*rows, strict=True)] or [[] for _ in names]
    table = pa.table(columns, names=names)
    # as staging has it: more columns than are needed
    return table.append_column("model", pa.array(["m"] * len(table)))


def read(path):
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def land(home, folder, name, content):
    return home.land_one(folder, name, content).report


def test_rows_are_written_in_order_of_line(home):
    report = land(home, "promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\n")
    rows = [
        (report.batch_id, "promo_codes", 10, None, "3 values", "a,b\rc,\nd"),
        (report.batch_id, "promo_codes", 9, "code", "code: is required", '{"code":null}'),
    ]
    (path,) = write_rejects(home.settings, quarantine(*rows))
    assert path == home.inbox / "_done" / "promo_codes" / "a.csv.rejects.csv"
    expected = [
        ["line", "column", "reason", "raw"],
        ["9", "code", "code: is required", '{"code":null}'],
        ["10", "", "3 values", "a,b\rc,\nd"],
    ]
    assert read(path) == expected
    first = path.read_bytes()
    write_rejects(home.settings, quarantine(*reversed(rows)))
    assert path.read_bytes() == first
    assert sorted(p.name for p in path.parent.iterdir()) == ["a.csv", "a.csv.rejects.csv"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", " =1", "\n=1", "＝1", "＋1", "－1", "＠x"]
)
def test_no_cell_is_a_formula(text):
    assert safe_cell(text).startswith("'")
    assert safe_cell("x" + text.strip()) == "x" + text.strip()
    assert safe_cell(None) == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a\n=1+1", "a\n'=1+1"),
        ("a\t @x;-2", "a\t' @x;'-2"),
        ("a;＝1", "a;'＝1"),
        ("=1;=2", "'=1;'=2"),
        ("a = 1; b", "a = 1; b"),
    ],
)
def test_no_cell_is_one_where_a_spreadsheet_splits_it(text, kept):
    assert safe_cell(text) == kept


def test_each_file_gets_its_own(home):
    reports = [land(home, "promo_codes", "a.csv", HEAD + f"X,2026-03-01,c{n}\n") for n in range(3)]
    rows = [
        (report.batch_id, "promo_codes", 2, "code", f"reason {n}", "raw")
        for n, report in enumerate(reports)
        if n != 1
    ]
    written = write_rejects(home.settings, quarantine(*rows))
    assert sorted(path.name for path in written) == ["a.3.csv.rejects.csv", "a.csv.rejects.csv"]
    by_name = {path.name: read(path)[1][2] for path in written}
    assert by_name == {"a.csv.rejects.csv": "reason 0", "a.3.csv.rejects.csv": "reason 2"}


def test_an_export_that_fed_several_streams_says_which_refused(home, project):
    header = (
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "1,x,1,2010-12-01 10:00:00,1,1\n"
    )
    report = land(home, "online_retail", "a.csv", header)
    rows = [(report.batch_id, "orders", 2, None, "no sale", "raw")]
    (path,) = write_rejects(home.settings, quarantine(*rows))
    assert path == home.inbox / "_done" / "online_retail" / "a.csv.rejects.csv"
    assert read(path)[1] == ["2", "", "orders: no sale", "raw"]


def test_files_that_were_taken_away_and_batches_of_connectors_get_none(home):
    report = land(home, "promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\n")
    report.path.unlink()
    rows = [
        (report.batch_id, "promo_codes", 2, None, "x", "y"),
        ("mastodon-posts-1", "posts", 2, None, "x", "y"),
    ]
    assert write_rejects(home.settings, quarantine(*rows)) == []
    assert write_rejects(home.settings, quarantine()) == []
    assert list((home.inbox / "_done" / "promo_codes").iterdir()) == []
