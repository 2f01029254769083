"""What a person types: templates, checks, lists, holds."""

from __future__ import annotations

import os
import re

import pytest
from typer.testing import CliRunner

from reachline import landing
from reachline.configuration import EXAMPLE
from reachline.inbox import commands as inbox_commands
from reachline.inbox.streams import load_streams
from reachline.landing import commands as landing_commands

HEAD = "code,valid_from,collaboration_id\n"


@pytest.fixture
def run(home, project, tmp_path, monkeypatch):
    monkeypatch.setenv("REACHLINE_HOME", str(home.settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    monkeypatch.chdir(tmp_path)
    apps = {"inbox": inbox_commands.app, "landing": landing_commands.app}

    def typed(command, *arguments):
        result = CliRunner().invoke(apps[command], [str(a) for a in arguments])
        return result.exit_code, result.output

    return typed


# --- streams --------------------------------------------------------------------------------------


def test_the_streams_are_those_of_the_contract(project):
    from reachline.configuration.models import STREAMS

    streams = load_streams()
    assert sorted(streams) == sorted(STREAMS)
    for stream in streams.values():
        names = [column.name for column in stream.columns]
        assert set(stream.key) <= set(names)
        assert len(set(names)) == len(names)
        assert all(column.description for column in stream.columns)
    orders = streams["orders"]
    assert orders.key == ("order_id",)
    assert orders.missing(["ORDER_ID", "ordered_at", "currency", "gross_amount"]) == ("status",)
    assert orders.missing(["order_id", "is_deleted"]) == ()
    assert orders.unknown(["order_id", "Is_Deleted", "memo"]) == ("memo",)
    assert streams["posts"].version_by == "observed_at"
    assert streams["customers"].missing(["customer_id"]) == ()


# --- templates ------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", sorted(load_streams()))
def test_a_template_lands_as_it_is_without_a_row(home, run, tmp_path, stream):
    code, output = run("inbox", "template", stream)
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
    home, run, tmp_path, delimiter
):
    run("inbox", "template", "promo_codes")
    help_line, header, _ = (tmp_path / "promo_codes.csv").read_text().split("\n")
    rows = "X,2026-03-01,c1,,\nbroken\n"
    for text in (help_line, help_line.strip('"').replace('""', '"'), help_line + ",,,,"):
        content = f"\ufeff{text}\r\n" + f"{header}\n{rows}".replace(",", delimiter)
        found = home.land_one("promo_codes", "a.csv", content)
        assert found.report.outcome == "landed", found.report.reason
        assert (found.lines, [r[0] for r in found.rejects]) == ([3], [4])


def test_a_template_overwrites_nothing(run, tmp_path):
    (tmp_path / "orders.csv").write_text("mine")
    code, output = run("inbox", "template", "orders")
    assert (code, "is there already" in re.sub(r"\s+", " ", output)) == (2, True)
    assert (tmp_path / "orders.csv").read_text() == "mine"
    assert run("inbox", "template", "orders", "--to", tmp_path / "o.csv")[0] == 0
    code, output = run("inbox", "template", "order")
    assert (code, "there is no stream" in output) == (2, True)


# --- check ----------------------------------------------------------------------------------------


def test_check_says_what_would_happen(home, run, tmp_path):
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
    code, output = run("inbox", "check", path)
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
    code, output = run("inbox", "check", path, "--rows", 1)
    assert "and 3 more" in output
    # nothing was landed, moved or left behind
    assert path.exists()
    assert landing.manifests(home.root) == []


def test_check_says_why_a_file_would_fail(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("code\nX\n")
    code, output = run("inbox", "check", path, "--to", "promo_codes")
    assert code == 1
    assert "would fail whole and move to _failed/promo_codes/" in output
    assert "required columns of promo_codes are missing: valid_from, collaboration_id" in output
    code, output = run("inbox", "check", path)
    assert (code, "no stream and no mapping" in output) == (1, True)
    assert run("inbox", "check", tmp_path / "nothing.csv")[0] == 2


def test_check_of_an_export_says_what_each_stream_takes(run, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "1,x,1,2010-12-01 10:00:00,1,1\n"
        "C2,x,-1,2010-12-01 10:00:00,1,1\n"
        "3,x,-1,2010-12-01 10:00:00,0,\n"
        "4,x,1,yesterday,1,1\n"
    )
    code, output = run("inbox", "check", path, "--to", "online_retail")
    assert code == 0
    assert "would land as online_retail.invoice_lines" in output
    assert "orders    1 rows would load" in output
    assert "refunds   1 rows would load" in output
    assert "refused   2 for their values" in output
    assert "line 4: orders: no stream of this export takes the row" in output
    assert "line 5: orders: invoiced_at: is required by the mapping" in output


# --- lists ----------------------------------------------------------------------------------------


def test_the_inbox_is_listed(home, run):
    assert "empty" in run("inbox", "ls")[1]
    home.drop("promo_codes", "bad.csv", "x\n")
    home.land()
    path = home.drop("promo_codes", "a.csv", HEAD)
    home.drop("promo_codes", "b.csv", HEAD)
    os.utime(path, (1, 1))
    _, output = run("inbox", "ls")
    assert "ready      promo_codes/a.csv  33 bytes" in output
    assert "written to promo_codes/b.csv" in output
    assert "failed     promo_codes/bad.csv: required columns" in output


def test_batches_are_listed_shown_held_and_verified(home, run):
    assert "no such batch" in run("landing", "ls")[1]
    first = home.land_one("promo_codes", "a.csv", HEAD + "X,2026-03-01,c1\nY\n").report.batch_id
    second = home.land_one("clicks", "b.csv", "click_id,clicked_at\n1,2\n").report.batch_id
    _, output = run("landing", "ls")
    assert f"       1  {first}  1 rows, 1 rejected  ok  a.csv" in output
    assert second in output
    for option in (("--stream", "clicks"), ("--source", "x"), ("--date", "2026-03-02")):
        assert first not in run("landing", "ls", *option)[1]
    assert second in run("landing", "ls", "--stream", "clicks", "--date", "2026-03-01")[1]
    _, output = run("landing", "show", first)
    for text in ("promo_codes", "a.csv (", "delimiter ','", "held       no", "rejects.parquet"):
        assert text in output
    assert run("landing", "hold", first)[0] == 2
    assert run("landing", "hold", first, "--reason", "wrong codes")[0] == 0
    assert "held       yes: wrong codes" in run("landing", "show", first)[1]
    assert f"H      1  {first}" in run("landing", "ls")[1]
    assert run("landing", "unhold", first)[0] == 0
    assert landing.held_batches(home.root) == {}
    assert run("landing", "show", "nothing")[0] == 1
    code, output = run("landing", "verify")
    assert (code, "2 batches are as they were landed" in output) == (0, True)
    (home.root / landing.find_batch(home.root, second).path).unlink()
    code, output = run("landing", "verify")
    assert (code, f"{second}: " in output and "is missing" in output) == (1, True)
    assert run("landing", "verify", first)[0] == 0
