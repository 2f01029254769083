"""`reachline inbox`: templates, checks, lists."""

from __future__ import annotations

import os
import re

import pytest

from reachline import landing
from reachline.inbox.streams import load_streams
from tests.unit.commands.typed import typed

HEAD = "code,valid_from,collaboration_id\n"


@pytest.mark.parametrize("stream", sorted(load_streams()))
def test_a_template_lands_as_it_is_without_a_row(home, tmp_path, stream):
    code, output = typed("inbox", "template", stream)
    assert (code, f"put it into {home.inbox / stream}/" in output) == (0, True)
    path = tmp_path / f"{stream}.csv"
    help_line, header, rest = path.read_text().split("\n")
    assert rest == ""
    names = tuple(column.name for column in load_streams()[stream].columns)
    assert header == ",".join(names)
    assert all(name in help_line for name in names)
    found = home.land_one(stream, path.name, path.read_bytes())
    assert found.report.outcome == "landed", found.report.reason
    assert (found.columns, found.rows, found.rejects) == (names, [], [])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_line_of_help_is_never_a_row_whatever_a_spreadsheet_makes_of_it(
    home, tmp_path, delimiter
):
    typed("inbox", "template", "promo_codes")
    help_line, header, _ = (tmp_path / "promo_codes.csv").read_text().split("\n")
    rows = "X,2026-03-01,c1,,\nbroken\n"
    for text in (help_line, help_line.strip('"').replace('""', '"'), help_line + ",,,,"):
        content = f"\ufeff{text}\r\n" + f"{header}\n{rows}".replace(",", delimiter)
        found = home.land_one("promo_codes", "a.csv", content)
        assert found.report.outcome == "landed", found.report.reason
        assert (found.lines, [r[0] for r in found.rejects]) == ([3], [4])


def test_a_template_overwrites_nothing(home, tmp_path):
    (tmp_path / "orders.csv").write_text("mine")
    code, output = typed("inbox", "template", "orders")
    assert (code, "is there already" in re.sub(r"\s+", " ", output)) == (2, True)
    assert (tmp_path / "orders.csv").read_text() == "mine"
    assert typed("inbox", "template", "orders", "--to", tmp_path / "o.csv")[0] == 0
    code, output = typed("inbox", "template", "order")
    assert (code, "there is no stream" in output) == (2, True)


def test_check_says_what_would_happen(home, tmp_path):
    path = tmp_path / "promo_codes" / "a b.csv"
    path.parent.mkdir()
    path.write_text(
        "code;valid_from;collaboration_id;discount_rate;memo\n"
        "X;2026-03-01;c1;0.1;hi\n"
        "Y;2026-02-30;c1;0.1;\n"
        ";2026-03-01;c1;0.1;\n"
        "short\n"
        "Z;2026-03-01;c1;1.5;\n"
    )
    code, output = typed("inbox", "check", path)
    assert code == 0
    assert "csv, utf-8, delimiter ';'; would land as inbox.promo_codes" in output
    assert "unknown   memo (kept in landing, used nowhere)" in output
    assert "absent    valid_to (these keep their values)" in output
    assert "rows      5, of which 1 can't be read" in output
    assert "promo_codes 1 rows would load" in output
    lines = [int(n) for n in re.findall(r"line (\d+): promo_codes", output)]
    assert lines == [3, 4, 5, 6]
    assert "line 3: promo_codes: valid_from: '2026-02-30' is not a date as YYYY-MM-DD" in output
    assert "line 4: promo_codes: code: is required and empty" in output
    assert "line 5: promo_codes: 1 values, where the header names 5 columns" in output
    assert "line 6: promo_codes: discount_rate: '1.5' is not a share between 0 and 1" in output
    code, output = typed("inbox", "check", path, "--rows", 1)
    assert "and 3 more" in output
    # nothing was landed, moved or left behind
    assert path.exists()
    assert landing.manifests(home.root) == []


def test_check_says_what_two_rows_of_a_file_do_not_agree_on(home, tmp_path):
    path = tmp_path / "codes.csv"
    path.write_text(
        HEAD + "Ann10,2026-03-01,k1\nbob,2026-03-01,k2\n ANN10,2026-03-01,k2\nbob,2026-03-01,k2\n"
    )
    code, output = typed("inbox", "check", path, "--to", "promo_codes")
    assert code == 0
    said = "two rows of promo_codes ann10 2026-03-01 differ in collaboration_id: k1, then k2, which"
    assert output.count("two rows of") == 1
    assert said in output
    # an address is not repeated, a value that is left out is one
    path.write_text("creator_id,creator_name,email\np1,Ann,ann@mail.example\np1,Ann,\n")
    _, output = typed("inbox", "check", path, "--to", "creators")
    assert "two rows of creators p1 differ in email; the later holds" in output
    assert "mail.example" not in output
    path.write_text("refund_id,order_id,refunded_at,amount\n1,o,2026-03-01T00:00:00Z,5\n" * 1
                    + "1,o,2026-03-01T00:00:00Z,5.00\n")  # fmt: skip
    assert "two rows" not in typed("inbox", "check", path, "--to", "refunds")[1]
    path.write_text(
        "code,valid_from,collaboration_id,valid_to\na,2026-03-01,k,2026-03-09\na,2026-03-01,k,\n"
    )
    _, output = typed("inbox", "check", path, "--to", "promo_codes")
    assert "differ in valid_to: 2026-03-09, then empty, which holds" in output


def test_check_says_why_a_file_would_fail(home, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("code\nX\n")
    code, output = typed("inbox", "check", path, "--to", "promo_codes")
    assert code == 1
    assert "would fail whole and move to _failed/promo_codes/" in output
    assert "required columns of promo_codes are missing: valid_from, collaboration_id" in output
    code, output = typed("inbox", "check", path)
    assert (code, "no stream and no mapping" in output) == (1, True)
    assert typed("inbox", "check", tmp_path / "nothing.csv")[0] == 2


def test_check_of_an_export_says_what_each_stream_takes(home, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "1,x,1,2010-12-01 10:00:00,1,1\n"
        "C2,x,-1,2010-12-01 10:00:00,1,1\n"
        "3,x,-1,2010-12-01 10:00:00,0,\n"
        "4,x,1,yesterday,1,1\n"
    )
    code, output = typed("inbox", "check", path, "--to", "online_retail")
    assert code == 0
    assert "would land as online_retail.invoice_lines" in output
    assert "orders    1 rows would load" in output
    assert "refunds   1 rows would load" in output
    assert "refused   2 for their values" in output
    assert "line 4: orders: no stream of this export takes the row" in output
    assert "line 5: orders: invoiced_at: the mapping's expression fails on this row" in output


def test_the_inbox_is_listed(home):
    assert "empty" in typed("inbox", "ls")[1]
    home.drop("promo_codes", "bad.csv", "x\n")
    home.land()
    path = home.drop("promo_codes", "a.csv", HEAD)
    home.drop("promo_codes", "b.csv", HEAD)
    os.utime(path, (1, 1))
    _, output = typed("inbox", "ls")
    assert "ready      promo_codes/a.csv  33 bytes" in output
    assert "written to promo_codes/b.csv" in output
    assert "failed     promo_codes/bad.csv: required columns" in output
