"""`reachline why`: each way in which a row can be missing, and what makes a value NULL."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from reachline.arrow import pa
from reachline.landing import (
    FileOrigin,
    Manifest,
    delete_batch,
    drop_lines,
    hold_batch,
    manifests,
    refuse_file,
)
from reachline.landing.manifests import _READ
from reachline.night import run_step
from reachline.settings import Settings
from tests.unit.commands.test_status import holding
from tests.unit.commands.typed import said, typed
from tests.unit.nights import ORDERS, SECOND, drop, order


def lines(*arguments: object) -> list[str]:
    _READ.clear()  # as in another process
    return said("why", *arguments).splitlines()


def batch_of(settings: Settings, name: str) -> Manifest:
    found = manifests(settings.paths.landing, fresh=True)
    (batch,) = [b for b in found if b.file is not None and b.file.name == name]
    return batch


def test_a_row_that_is_there_says_where_it_came_from_and_what_is_null(at_home: Settings) -> None:
    batch = batch_of(at_home, "second.csv").batch_id
    told = lines("fct_orders", "o3")
    assert told[0] == "core.fct_orders, order_id o3: in 2026-03-02-0002, as of 2026-03-02"
    assert "  gross_amount      10.0000" in told
    assert (
        "NULL       gross_profit: the cost of goods or the exchange rate is not known; "
        "0 is an order that earned what it cost"
    ) in told
    assert "NULL       customer_id: The customer; NULL where the shop does not know." in told
    assert f"came by    {batch} (second.csv), for 2026-03-02" in told
    # its header is line 1
    assert told[-1] == f"read       {batch} line 2 (second.csv), inbox/orders, for 2026-03-02"


def test_a_table_says_what_it_is_and_what_landed_for_it(at_home: Settings) -> None:
    told = lines("core.fct_orders")
    assert told[0] == "core.fct_orders in 2026-03-02-0002: 3 rows"
    assert "  key: order_id" in told
    assert "  from inbox/orders: 2 batches of 3 rows, the last for 2026-03-02" in told
    assert any(line.startswith("  NULL in every row: customer_id: ") for line in told)
    assert "  made of other tables; docs/tables.md says of which" in lines("campaign_daily")


def test_json_says_the_same(at_home: Settings) -> None:
    found = json.loads(said("why", "fct_orders", "o3", "--format", "json"))
    assert found["values"]["order_id"] == "o3"
    assert {null["column"] for null in found["nulls"]} >= {"gross_profit", "customer_id"}
    (place,) = found["places"]
    assert (place["state"], place["line"]) == ("read", 2)
    table = json.loads(said("why", "fct_orders", "--format", "json"))
    assert (table["rows"], table["key"]) == (3, ["order_id"])


# --- a row that is not there ----------------------------------------------------------------------


def test_it_never_came(at_home: Settings) -> None:
    assert lines("fct_orders", "o99") == [
        "core.fct_orders, order_id o99: not in 2026-03-02-0002, as of 2026-03-02",
        "landing    its key stands in no batch: it never came, or under another key",
    ]


def test_it_landed_since(at_home: Settings) -> None:
    drop(at_home.paths.home, "third.csv", ORDERS + order(8, SECOND) + order(9, SECOND))
    run_step(at_home, SECOND, "land_inbox")
    batch = batch_of(at_home, "third.csv").batch_id
    told = lines("fct_orders", "o9")
    assert told[1:] == [
        f"unread     {batch} line 3 (third.csv), inbox/orders, for 2026-03-02: the release was "
        "made before it landed, or without it",
        "  do: reachline run --date 2026-03-02",
    ]


def test_its_batch_is_held(at_home: Settings) -> None:
    batch = batch_of(at_home, "second.csv").batch_id
    hold_batch(at_home.paths.landing, batch, "a wrong export")
    found = [line for line in lines("fct_orders", "o3") if line.startswith("held")]
    assert found[0].endswith("for 2026-03-02: a wrong export")
    assert f"  do: reachline landing unhold {batch}" in lines("fct_orders", "o3")


def rewrite(settings: Settings, *statements: str) -> None:
    """Change the current release, as a night would have made it."""
    path = settings.paths.published / "current" / "warehouse.duckdb"
    path.chmod(0o640)
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)


def test_it_was_refused(at_home: Settings) -> None:
    batch = batch_of(at_home, "second.csv").batch_id
    rewrite(
        at_home,
        "delete from core.fct_orders where order_id = 'o3'",
        f"insert into quality.rejects (stream, batch_id, line, source, logical_date, file_name, "
        f"column_name, reason, raw) values ('orders', '{batch}', 2, 'inbox', '2026-03-02', "
        "'second.csv', 'gross_amount', '\"much\" is no amount', 'o3,much')",
    )
    told = lines("fct_orders", "o3")
    assert told[1].startswith(f"refused    {batch} line 2 (second.csv), inbox/orders")
    assert told[1].endswith('gross_amount: "much" is no amount')
    assert told[2] == f"  do: reachline quarantine show --batch {batch} --line 2"


def test_somebody_dropped_it(at_home: Settings) -> None:
    batch = batch_of(at_home, "second.csv").batch_id
    columns: dict[str, list[Any]] = {
        "_line": [2], "_stream": ["orders"], "_column": [None], "_reason": ["no amount"]
    }  # fmt: skip
    rows = pa.table({**columns, "_column": pa.array([None], pa.string())})
    drop_lines(at_home.paths.landing, batch, rows, reason="tests of the shop")
    rewrite(at_home, "delete from core.fct_orders where order_id = 'o3'")
    told = lines("fct_orders", "o3")
    assert told[1].startswith(f"dropped    {batch} line 2")
    assert told[1].endswith("tests of the shop")


def test_it_was_read_and_is_no_row(at_home: Settings) -> None:
    rewrite(at_home, "delete from core.fct_orders where order_id = 'o3'")
    told = lines("fct_orders", "o3")
    assert told[1].startswith("read       ")
    assert told[2].startswith("  it was read: a later line of the same key took its place")


def test_what_can_not_be_looked_into_is_named(at_home: Settings) -> None:
    delete_batch(at_home.paths.landing, batch_of(at_home, "second.csv").batch_id, "a person")
    refuse_file(
        at_home.paths.landing,
        source="inbox",
        stream="orders",
        logical_date=SECOND,
        run_id="r",
        file=FileOrigin("bad.csv", "bad.csv", 3, "", "", "", None, 1, 7),
        reason="it has no column currency",
    )
    assert lines("fct_orders", "o99")[-2:] == [
        "deleted    1 batches, which can't be looked into any more",
        "refused    1 whole files: orders/bad.csv",
    ]


# --- keys and broken homes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (["fct_order"], "fct_order: no table of this name is published; is it fct_orders"),
        (["nothing-like-it"], "there are core.bridge_post_collaborations"),
        (["campaign_daily", "c"], "has a row per campaign_id, date_day: give 2 of them"),
    ],
)
def test_a_table_or_key_that_is_none_is_exit_2(
    at_home: Settings, asked: list[str], text: str
) -> None:
    code, told = typed("why", *asked)
    assert code == 2
    assert text in told


def test_a_key_is_no_sql(at_home: Settings) -> None:
    for key in ("' or true --", '"', "o1'; drop table x; --", "%", "*"):
        assert lines("fct_orders", key)[1].startswith("landing    its key stands in no batch")


def test_it_answers_while_a_night_runs_and_where_current_leads_nowhere(
    at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with holding(at_home):
        assert "came by" in "\n".join(lines("fct_orders", "o3"))
    # the configuration is not asked
    monkeypatch.setenv("REACHLINE_CONFIG", str(tmp_path / "nowhere"))
    shutil.rmtree((at_home.paths.published / "current").resolve())
    told = lines("fct_orders", "o3")
    assert "current can't be read" in told[0]
    assert told[1].startswith("unread     ")
    assert typed("why", "fct_orders")[0] == 1
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "none"))
    assert "nothing has been published yet" in lines("fct_orders", "o3")[0]
