"""Refused lines that were retried or dropped: read once, in their own place, and never lost."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from reachline.configuration import EXAMPLE
from reachline.landing import drop_lines, hold_batch, retry_lines, unhold_batch
from tests.dbt.landed import Home, land_records, new_home

pytestmark = pytest.mark.slow

COLUMNS = ("campaign_id", "brand_id", "campaign_name", "starts_on", "ends_on", "goal_value")
PARTS = "rows_in, loaded, superseded, quarantined, dropped, skipped"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return new_home(tmp_path)


def campaign(key: str, name: str, goal: str | None = "1") -> dict[str, str | None]:
    values = (key, "acme", name, "2026-03-01", "2026-03-31", goal)
    return dict(zip(COLUMNS, values, strict=True))


def again(lines: dict[int, dict[str, str | None]]) -> pa.Table:
    """What a retry lands: rows of text with the line that each stands for."""
    rows = [{**row, "_line": line} for line, row in lines.items()]
    names = [name for name in rows[0] if name != "_line"]
    schema = pa.schema([*((name, pa.string()) for name in names), ("_line", pa.int64())])
    return pa.Table.from_pylist(rows, schema)


def dropped(stream: str, *lines: int) -> pa.Table:
    return pa.table(
        {
            "_line": pa.array(lines, pa.int64()),
            "_stream": pa.array([stream] * len(lines)),
            "_column": pa.array(["goal_value"] * len(lines)),
            "_reason": pa.array(["goal_value: 'many' is no number"] * len(lines)),
        }
    )


def campaigns(home: Home) -> dict[object, tuple[object, ...]]:
    rows = home.rows(
        "select campaign_id, campaign_name, cast(goal_value as integer), batch_id, line"
        " from work.staging.stg_inbox__campaigns"
    )
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1:] for row in rows}


def read(home: Home, stream: str = "campaigns") -> list[tuple[object, ...]]:
    rows = home.rows(
        f"select {PARTS} from work.staging.batches_read"
        f" where stream = '{stream}' order by landing_sequence"
    )
    assert all(row[0] == sum(row[1:]) for row in rows), rows  # type: ignore[misc]
    return rows


def quarantine(home: Home) -> list[tuple[object, ...]]:
    return home.rows(
        "select stream, line, column_name, drop_reason from work.staging.quarantine order by all"
    )


def contents(home: Home) -> list[list[tuple[object, ...]]]:
    """All that staging made of the landing zone, but for the numbers of its runs."""
    tables = home.rows(
        "select table_name from duckdb_tables() where database_name = 'work' and"
        " schema_name = 'staging' and table_name <> 'batches_read' order by 1"
    )
    return [
        home.rows(
            f"select columns(lambda c: c <> 'loaded_seq') from work.staging.{name} order by all"
        )
        for (name,) in tables
    ] + [home.rows(f"select model, batch_id, {PARTS} from work.staging.batches_read order by all")]


def assert_same_from_landing(home: Home) -> None:
    before = contents(home)
    shutil.rmtree(home.settings.paths.warehouse)
    home.stage(date(2026, 3, 3))
    assert contents(home) == before


def test_a_retried_line_is_read_once_in_its_own_place(home: Home) -> None:
    first = home.land(
        "campaigns",
        [campaign("c1", "old", "5"), campaign("c2", "Monday", "many"), campaign("c3", "x", "many")],
        rejects=[(5, "c4,acme", "2 values, not 6")],
    )
    home.stage()
    # what came later says something else of c2: it must go on holding
    home.land("campaigns", [campaign("c2", "Tuesday", "7")], day=date(2026, 3, 2))
    home.stage(date(2026, 3, 2))
    assert read(home) == [(4, 1, 0, 3, 0, 0), (1, 1, 0, 0, 0, 0)]

    lines = {3: campaign("c2", "Monday", "6"), 5: campaign("c4", "unparsed", "8")}
    retry_lines(home.settings.paths.landing, first.batch_id, again(lines), reason="mended")
    home.stage(date(2026, 3, 2))
    found = campaigns(home)
    assert found["c2"][:2] == ("Tuesday", 7)
    assert found["c4"] == ("unparsed", 8, first.batch_id, 5)
    assert read(home) == [(4, 3, 0, 1, 0, 0), (1, 1, 0, 0, 0, 0)]
    assert quarantine(home) == [("campaigns", 4, "goal_value", None)]
    home.stage(date(2026, 3, 3))
    assert read(home) == [(4, 3, 0, 1, 0, 0), (1, 1, 0, 0, 0, 0)]
    assert_same_from_landing(home)


def test_what_is_refused_again_is_in_quarantine_as_it_was_sent(home: Home) -> None:
    batch = home.land("campaigns", [campaign("c1", "a", "many"), campaign("c2", "b")])
    home.stage()
    root = home.settings.paths.landing
    retry_lines(root, batch.batch_id, again({2: campaign("c1", "a", "few")}), reason="mended")
    home.stage()
    found = "line, column_name, contains(reason, 'few'), contains(raw, 'few')"
    refused = home.rows(f"select {found} from work.staging.quarantine")
    assert refused == [(2, "goal_value", True, True)]
    # the last decision about a line holds
    retry_lines(root, batch.batch_id, again({2: campaign("c1", "a", "3")}), reason="once more")
    home.stage()
    assert campaigns(home)["c1"] == ("a", 3, batch.batch_id, 2)
    assert quarantine(home) == []
    assert read(home) == [(2, 2, 0, 0, 0, 0)]
    assert_same_from_landing(home)


def test_a_dropped_line_stays_out_and_stays_to_be_seen(home: Home) -> None:
    batch = home.land(
        "campaigns",
        [campaign("c1", "a", "many"), campaign("c2", "b")],
        rejects=[(4, "c3", "1 value, not 6")],
    )
    home.stage()
    root = home.settings.paths.landing
    drop_lines(root, batch.batch_id, dropped("campaigns", 2, 4), reason="tests")
    home.stage()
    assert read(home) == [(3, 1, 0, 0, 2, 0)]
    # what is dropped says why it was refused, of a line that no reader took as that reader said it
    assert quarantine(home) == [
        ("campaigns", 2, "goal_value", "tests"),
        ("campaigns", 4, None, "tests"),
    ]
    assert_same_from_landing(home)
    # a retry after the drop brings the line back
    retry_lines(root, batch.batch_id, again({2: campaign("c1", "a", "9")}), reason="wanted")
    home.stage(date(2026, 3, 3))
    assert campaigns(home)["c1"][:2] == ("a", 9)
    assert read(home) == [(3, 2, 0, 0, 1, 0)]
    # and what was retried may be dropped
    drop_lines(root, batch.batch_id, dropped("campaigns", 2), reason="no, it is a test")
    home.stage(date(2026, 3, 3))
    assert "c1" not in campaigns(home)
    assert read(home) == [(3, 1, 0, 0, 2, 0)]
    assert_same_from_landing(home)


def test_a_held_batch_takes_its_decisions_along(home: Home) -> None:
    batch = home.land("campaigns", [campaign("c1", "a", "many"), campaign("c2", "b", "many")])
    root = home.settings.paths.landing
    retry_lines(root, batch.batch_id, again({2: campaign("c1", "a", "3")}), reason="mended")
    drop_lines(root, batch.batch_id, dropped("campaigns", 3), reason="tests")
    home.stage()
    before = contents(home)
    hold_batch(root, batch.batch_id, "wrong")
    home.stage()
    assert (campaigns(home), read(home), quarantine(home)) == ({}, [], [])
    unhold_batch(root, batch.batch_id)
    home.stage()
    assert contents(home) == before


MAPPING = """
tool: invoices
exports:
  - name: lines
    header: [Invoice, Time, Price, Who]
    streams:
      orders:
        where: Who <> 'nobody'
        group_by: [Invoice]
        rows:
          net: cast(Price as decimal(18, 2))
        columns:
          order_id: Invoice
          ordered_at: min(Time)
          currency: "'EUR'"
          gross_amount: sum(net)
          status: "'placed'"
      customers:
        where: Who <> 'nobody'
        columns:
          customer_id: Who
          platform: "'instagram'"
"""


def invoice_line(invoice: str, price: str, who: str | None) -> dict[str, str | None]:
    return {"Invoice": invoice, "Time": "2026-03-01T10:00:00Z", "Price": price, "Who": who}


def with_mapping(tmp_path: Path, mapping: str = MAPPING) -> Home:
    config = tmp_path / "config"
    shutil.copytree(EXAMPLE, config)
    (config / "exports" / "invoices.yml").write_text(mapping, encoding="utf-8")
    return new_home(tmp_path, config)


def orders(home: Home) -> list[tuple[object, ...]]:
    return home.rows(
        "select order_id, cast(gross_amount as double), source_lines"
        " from work.staging.stg_inbox__orders order by 1"
    )


def test_a_mended_line_of_a_group_is_added_up_with_the_others(tmp_path: Path) -> None:
    home = with_mapping(tmp_path)
    batch = home.land(
        "lines",
        [
            invoice_line("7", "10.50", "a"),
            invoice_line("7", "oops", "a"),
            invoice_line("8", "1.00", "b"),
            invoice_line("9", "1.00", "nobody"),
        ],
        source="invoices",
    )
    home.stage()
    assert orders(home) == [("8", 1.0, [4])]
    assert quarantine(home) == [
        *[("orders", line, "net", None) for line in (2, 3)],
        ("orders", 5, None, None),
    ]
    root = home.settings.paths.landing
    lines = {3: invoice_line("7", "2.25", "a"), 5: invoice_line("9", "4.00", "c")}
    retry_lines(root, batch.batch_id, again(lines), reason="mended")
    home.stage()
    assert orders(home) == [("7", 12.75, [2, 3]), ("8", 1.0, [4]), ("9", 4.0, [5])]
    assert read(home, "orders") == [(4, 4, 0, 0, 0, 0)]
    assert quarantine(home) == []
    customers = home.rows("select customer_id from work.staging.stg_inbox__customers order by 1")
    assert customers == [("a",), ("b",), ("c",)]
    assert_same_from_landing(home)


def test_a_drop_from_one_stream_leaves_the_line_to_the_others(tmp_path: Path) -> None:
    home = with_mapping(tmp_path)
    batch = home.land(
        "lines",
        [invoice_line("7", "oops", "a"), invoice_line("9", "1.00", "nobody")],
        source="invoices",
    )
    home.stage()
    root = home.settings.paths.landing
    drop_lines(root, batch.batch_id, dropped("orders", 2, 3), reason="a test")
    home.stage()
    assert read(home, "orders") == [(2, 0, 0, 0, 2, 0)]
    assert read(home, "customers") == [(2, 1, 0, 0, 0, 1)]
    assert home.rows("select customer_id from work.staging.stg_inbox__customers") == [("a",)]
    # a mapping that could take the line does not bring it back
    mended = MAPPING.replace("cast(Price as", "coalesce(try_cast(Price as")
    mended = mended.replace("decimal(18, 2))", "decimal(18, 2)), 0)").replace("'nobody'", "'x'")
    (home.settings.config_dir / "exports" / "invoices.yml").write_text(mended, encoding="utf-8")
    home.stage()
    assert orders(home) == []
    assert read(home, "orders") == [(2, 0, 0, 0, 2, 0)]
    assert_same_from_landing(home)


def test_of_a_record_what_can_be_taken_stays_and_what_is_refused_is_dropped(home: Home) -> None:
    made = {"createdAt": "2026-02-28T08:00:00Z", "text": "t"}
    post = {"uri": "at://1", "author": {"did": "did:1", "handle": "a"}, "record": made}
    post["indexedAt"] = "2026-02-28T08:00:00Z"
    late = {**post, "uri": None}
    land_records(home, "bluesky", "posts", [post, late, "no json"])
    home.stage()
    before = quarantine(home)
    refused = [(stream, line) for stream, line, *_ in before]
    assert ("posts", 3) in refused
    assert {line for _, line in refused} == {3, 4}
    (batch_id,) = home.rows("select distinct batch_id from work.staging.quarantine")[0]
    root = home.settings.paths.landing
    # the first line is no part of the quarantine: dropping it takes nothing out of a table
    drop_lines(root, str(batch_id), dropped("posts", 2, 3), reason="not ours")
    home.stage()
    assert quarantine(home) == [
        (*row[:3], "not ours" if row[:2] == ("posts", 3) else None) for row in before
    ]
    assert home.rows("select native_post_id from work.staging.stg_inbox__posts") == [("at://1",)]
    (counts,) = read(home, "posts")
    assert (counts[1], counts[4]) == (1, 1)
    assert_same_from_landing(home)


def test_what_was_dropped_is_no_published_reject(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reachline.warehouse.runs.GOALS", {"rejects", "int_touched__rejects"})
    batch = home.land("campaigns", [campaign(f"c{n}", "a", "many") for n in range(3)])
    other = home.land("campaigns", [campaign("c9", "a", "many")])
    home.night()
    lines = "select batch_id, line from quality.rejects order by all"
    assert home.rows(lines) == sorted(
        [*((batch.batch_id, line) for line in (2, 3, 4)), (other.batch_id, 2)]
    )
    root = home.settings.paths.landing
    drop_lines(root, batch.batch_id, dropped("campaigns", 2), reason="tests")
    retry_lines(root, batch.batch_id, again({3: campaign("c1", "a", "3")}), reason="mended")
    home.night()
    assert home.rows(lines) == sorted([(batch.batch_id, 4), (other.batch_id, 2)])
