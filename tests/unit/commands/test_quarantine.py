"""`reachline quarantine`: refused rows are listed, mended, retried once, dropped and told of."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reachline.configuration import EXAMPLE
from reachline.inbox import land
from reachline.landing import Swept, decisions, sweep, verify
from reachline.night.steps import gate_landing, gate_staging, land_inbox, stage
from reachline.quality.checks import GateBlocked
from reachline.settings import Settings, load_settings
from reachline.warehouse import connect
from reachline.warehouse.quarantine import QuarantineError
from tests.unit.commands.typed import said, typed

NIGHT = date(2026, 3, 1)
HEAD = "order_id,ordered_at,currency,gross_amount,status\n"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    monkeypatch.chdir(tmp_path)
    sources = config / "sources.yml"
    text = sources.read_text(encoding="utf-8")
    assert "settle_seconds: 30" in text
    sources.write_text(text.replace("settle_seconds: 30", "settle_seconds: 0"), encoding="utf-8")
    return load_settings()


def drop_file(settings: Settings, folder: str, name: str, content: str | bytes) -> None:
    path = settings.paths.inbox / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def night(settings: Settings) -> None:
    """The part of a night that a quarantine has to do with."""
    land_inbox(settings, NIGHT)
    gate_landing(settings, NIGHT)
    stage(settings, NIGHT)
    gate_staging(settings, NIGHT)


def rows(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with connect(settings.paths.warehouse, read_only=True) as con:
        return con.execute(sql).fetchall()


def orders(settings: Settings) -> dict[object, float]:
    found = rows(
        settings,
        "select order_id, cast(gross_amount as double) from work.staging.stg_inbox__orders"
        " where not is_deleted",
    )
    return dict(found)  # type: ignore[arg-type]


def mend(path: Path, **changes: dict[str, str]) -> None:
    """Write other values into the rows of an export, by their line: `line_3={"status": …}`."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        delimiter = "," if "," in next(lines) else ";"
        lines.seek(0)
        table = list(csv.DictReader(lines, delimiter=delimiter))
    for row in table:
        row.update(changes.get(f"line_{row['quarantine_line']}", {}))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(table[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(table)


def shown_rows(*options: str) -> list[dict[str, Any]]:
    """All refused rows, as `show` tells programs of them."""
    found: list[dict[str, Any]] = json.loads(
        said("quarantine", "show", "--limit", 0, "--format", "json", *options)
    )
    return found


def test_rows_are_listed_mended_and_retried_once(settings: Settings, tmp_path: Path) -> None:
    good = "o1,2026-03-01T10:00:00Z,EUR,10,placed\n"
    bad = "o2,2026-03-01T10:00:00Z,EUR,ten,placed\no3,2026-03-01,EUR,7,placed\n"
    drop_file(settings, "orders", "a.csv", HEAD + good + bad + "o4,2026-03-01T11:00:00Z\n")
    assert typed("quarantine", "ls")[0] == 1
    night(settings)
    assert orders(settings) == {"o1": 10.0}
    rejects = settings.paths.inbox / "_done" / "orders" / "a.csv.rejects.csv"
    assert len(rejects.read_text("utf-8").splitlines()) == 4

    listed = said("quarantine", "ls")
    assert "a.csv" in listed
    assert "3  in quarantine" in listed
    heaps = json.loads(said("quarantine", "ls", "--format", "json"))
    assert [(heap["column"], heap["rows"]) for heap in heaps] == [
        ("gross_amount", 1),
        ("ordered_at", 1),
        (None, 1),
    ]
    assert json.loads(said("quarantine", "ls", "--source", "x", "--format", "json")) == []
    (shown,) = json.loads(said("quarantine", "show", "--reason", "TEN", "--format", "json"))
    assert (shown["line"], shown["file"], "o2" in shown["raw"]) == (3, "a.csv", True)
    assert "and more" in said("quarantine", "show", "--limit", "2")

    to = tmp_path / "mend.csv"
    assert "3 rows" in said("quarantine", "export", "--to", to)
    assert typed("quarantine", "export", "--to", to)[0] == 1
    code, output = typed("quarantine", "retry", to)
    assert (code, "3 rows say what they said before" in output) == (1, True)
    assert decisions(settings.paths.landing) == []

    mend(to, line_3={"gross_amount": "10.5"}, line_5={"order_id": "o4", "gross_amount": "2"})
    assert "2 rows of" in said("quarantine", "retry", to)
    # decided, but not read yet: a second time is once too often
    code, output = typed("quarantine", "retry", to)
    assert (code, "2 rows are not in quarantine, or were decided" in output) == (1, True)
    assert "2  decided since" in said("quarantine", "ls")
    night(settings)
    assert orders(settings) == {"o1": 10.0, "o2": 10.5}
    # what was sent without a time is refused again, and may be mended again
    assert {row["line"] for row in shown_rows()} == {4, 5}
    assert len(rejects.read_text("utf-8").splitlines()) == 3
    mend(to, line_4={"ordered_at": "2026-03-01T12:00:00Z"})
    mend(to, line_5={"ordered_at": "2026-03-01T12:00:00Z", "currency": "EUR", "status": "placed"})
    assert "1 rows are not in quarantine" in said("quarantine", "retry", to)
    night(settings)
    assert orders(settings) == {"o1": 10.0, "o2": 10.5, "o3": 7.0, "o4": 2.0}
    assert "no such rows" in said("quarantine", "ls")
    assert not rejects.exists()
    assert verify(settings.paths.landing) == []
    assert sweep(settings.paths.landing, 0) == Swept()
    shutil.rmtree(settings.paths.warehouse)
    night(settings)
    assert orders(settings) == {"o1": 10.0, "o2": 10.5, "o3": 7.0, "o4": 2.0}


def test_dropped_rows_are_counted_told_of_and_may_come_back(
    settings: Settings, tmp_path: Path
) -> None:
    bad = "".join(f"o{n},2026-03-01T10:00:00Z,EUR,ten,placed\n" for n in range(120))
    drop_file(settings, "orders", "a.csv", HEAD + bad)
    # so many refused rows stop the night
    with pytest.raises(GateBlocked, match="quarantined_share_is_bearable"):
        night(settings)
    assert typed("quarantine", "drop", "--stream", "orders")[0] == 2
    with pytest.raises(QuarantineError, match="say which rows"):
        said("quarantine", "drop", "--because", "tests")
    with pytest.raises(QuarantineError, match="say of which"):
        said("quarantine", "drop", "--because", "tests", "--line", "2")
    assert typed("quarantine", "drop", "--because", " ", "--stream", "orders")[0] == 1
    assert typed("quarantine", "drop", "--because", "tests", "--stream", "clicks")[0] == 1
    assert decisions(settings.paths.landing) == []
    assert "120 rows are dropped" in said(
        "quarantine", "drop", "--because", "tests of the shop", "--file", "a.csv"
    )
    assert typed("quarantine", "drop", "--because", "again", "--file", "a.csv")[0] == 1
    night(settings)
    assert "no such rows" in said("quarantine", "ls")
    assert "120  dropped" in said("quarantine", "ls", "--dropped")
    assert "dropped: tests of the shop" in said("quarantine", "show", "--dropped", "--line", "2")
    assert rows(settings, "select quarantined, dropped from work.staging.batches_read") == [
        (0, 120)
    ]
    (batch,) = {row["batch_id"] for row in shown_rows("--dropped")}
    assert "120 rows: tests of the shop" in said("landing", "show", batch)
    to = tmp_path / "back.csv"
    said("quarantine", "export", "--dropped", "--line", "3", "--to", to)
    mend(to, line_3={"gross_amount": "5"})
    said("quarantine", "retry", to)
    night(settings)
    assert orders(settings) == {"o1": 5.0}
    assert "119  dropped" in said("quarantine", "ls", "--dropped")


EXPORT = """
tool: till
exports:
  - name: sales
    header: [Beleg, Zeit, Betrag]
    streams:
      orders:
        columns:
          order_id: Beleg
          ordered_at: Zeit
          currency: "'EUR'"
          gross_amount: Betrag
          status: "'placed'"
"""


@pytest.mark.slow
def test_what_a_mended_mapping_can_read_is_read_from_the_kept_file(settings: Settings) -> None:
    mapping = settings.config_dir / "exports" / "till.yml"
    mapping.write_text(EXPORT, encoding="utf-8")
    head = "Beleg,Zeit,Betrag\n"
    fine = "".join(f"ä{n},2026-03-01T10:00:00Z,1\n" for n in range(300))
    drop_file(
        settings, "till", "t.csv", (head + fine).encode() + b"M\xfcller,2026-03-01T10:00:00Z,2\n"
    )
    night(settings)
    assert len(orders(settings)) == 300
    code, output = typed("quarantine", "retry")
    assert (code, "1 rows can't be read this time either" in output) == (1, True)
    assert decisions(settings.paths.landing) == []
    assert typed("quarantine", "retry", "--stream", "clicks")[0] == 1
    mapping.write_text(EXPORT.replace("    header", "    encoding: cp1252\n    header"), "utf-8")
    assert "1 rows of" in said("quarantine", "retry", "--source", "till")
    assert typed("quarantine", "retry")[0] == 1
    night(settings)
    assert orders(settings)["Müller"] == 2.0
    assert len(orders(settings)) == 301
    assert "no such rows" in said("quarantine", "ls")


def test_a_file_that_does_not_say_which_rows_it_has_lands_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    drop_file(settings, "orders", "a.csv", HEAD + "o2,2026-03-01T10:00:00Z,EUR,ten,placed\n")
    night(settings)
    to = tmp_path / "mend.csv"
    said("quarantine", "export", "--to", to)
    whole = to.read_text("utf-8-sig")
    (batch,) = {row["batch_id"] for row in json.loads(said("quarantine", "ls", "--format", "json"))}
    for text, told in {
        whole.replace("quarantine_line", "row"): "no column quarantine_line",
        whole.replace(batch, "inbox-orders"): "is no batch",
        whole.replace('"2"', '"two"', 1): "is no line",
        whole.replace('"status"', '"state"'): "has lost the columns status",
        whole.replace('"status"\n', '"status","vat"\n').replace(
            '"placed"\n', '"placed","1"\n'
        ): "has no column vat",
        whole + whole.splitlines()[1] + "\n": "stands here twice",
    }.items():
        to.write_text(text, encoding="utf-8")
        with pytest.raises(QuarantineError, match=told):
            said("quarantine", "retry", to)
    assert typed("quarantine", "retry", to, "--stream", "orders")[0] == 2
    other = tmp_path / "mend.json"
    other.write_text("{}", encoding="utf-8")
    assert typed("quarantine", "retry", other)[0] == 1
    assert decisions(settings.paths.landing) == []


@pytest.mark.parametrize("value", ["=1", "'x", "'=1", "''", "-5", "@a", "a", "", "\tx"])
def test_a_value_comes_back_from_a_file_to_mend_as_it_was(value: str) -> None:
    from reachline.inbox.rejects import mendable_cell, mended_cell

    assert mended_cell(mendable_cell(value)) == value
    assert not mendable_cell(value).startswith(("=", "+", "-", "@", "\t", "\r"))


def workbook(rows: list[list[str]]) -> bytes:
    from io import BytesIO

    from openpyxl import Workbook

    book, out = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


MADE, BAD = "2026-03-01T10:00:00Z", "2026-03-01"
POST = ("platform", "native_post_id", "observed_at", "published_at", "text", "hashtags")


def posts(*days: str) -> list[list[str]]:
    """Posts with a line end, a quote and a list in each; those of a bare day are refused."""
    said = 'say "hi",\n=there'
    return [["x", f"p{n}", MADE, day, said, "a|b"] for n, day in enumerate(days)]


def as_csv(rows: list[list[str]]) -> bytes:
    from io import StringIO

    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def as_jsonl(rows: list[list[str]]) -> bytes:
    head, *others = rows
    records = [dict(zip(head, row, strict=True)) for row in others]
    lines = [{**record, "hashtags": record["hashtags"].split("|")} for record in records]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


@pytest.mark.parametrize("is_typed", [False, True])
@pytest.mark.parametrize(
    ("name", "write"), [("p.csv", as_csv), ("p.jsonl", as_jsonl), ("p.xlsx", workbook)]
)
@pytest.mark.slow
def test_rows_of_every_form_come_back_as_the_sound_file_would_load_them(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    write: Callable[[list[list[str]]], bytes],
    is_typed: bool,
) -> None:
    """With values of their kind (which large files land) as with texts."""
    if is_typed:
        monkeypatch.setattr(land, "TYPED_BYTES", 0)
    columns = "native_post_id, published_at, text, hashtags, line, batch_id"
    query = f"select {columns} from work.staging.stg_inbox__posts order by all"
    drop_file(settings, "posts", name, write([list(POST), *posts(MADE, BAD, MADE)]))
    night(settings)
    assert len(rows(settings, query)) == 2
    to = tmp_path / "mend.csv"
    said("quarantine", "export", "--to", to)
    (refused,) = shown_rows()
    mend(to, **{f"line_{refused['line']}": {"published_at": MADE}})
    said("quarantine", "retry", to)
    night(settings)
    found = rows(settings, query)
    assert shown_rows() == []

    shutil.rmtree(settings.paths.landing)
    shutil.rmtree(settings.paths.warehouse)
    drop_file(settings, "posts", name, write([list(POST), *posts(MADE, MADE, MADE)]))
    night(settings)
    assert [row[:-1] for row in rows(settings, query)] == [row[:-1] for row in found]
    assert len(found) == 3
