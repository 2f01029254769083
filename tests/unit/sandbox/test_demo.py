from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from reachline.sandbox.demo import DemoError, _make_room, drop_night, refused_files, tell
from reachline.sandbox.files import Written
from reachline.sandbox.world import Night, World


def test_the_demo_empties_its_own_folder_and_no_other(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("ten years of work")
    with pytest.raises(DemoError, match="--home"):
        _make_room(mine)
    assert (mine / "thesis.txt").is_file()

    demo = tmp_path / "demo"
    _make_room(demo)
    (demo / "old").mkdir()
    _make_room(demo)
    assert [path.name for path in demo.iterdir()] == [".demo"]


def test_a_night_is_dropped_beside_what_lies_in_the_inbox(tmp_path: Path) -> None:
    source = tmp_path / "nights" / "2026-03-01" / "inbox"
    (source / "orders").mkdir(parents=True)
    (source / "orders" / "shop.csv").write_text("order_id\n")
    inbox = tmp_path / "inbox"
    (inbox / "orders").mkdir(parents=True)
    (inbox / "orders" / "mine.csv").write_text("order_id\n")
    night = Night(date(2026, 3, 1), source, (Written("orders", "shop.csv", 0),))
    world = World(tmp_path, tmp_path, tmp_path, (night,))
    assert drop_night(world, date(2026, 3, 1), inbox) == 1
    assert sorted(path.name for path in (inbox / "orders").iterdir()) == ["mine.csv", "shop.csv"]


def test_a_refused_file_is_told_with_its_reason(tmp_path: Path) -> None:
    assert refused_files(tmp_path) == []
    folder = tmp_path / "_failed" / "orders"
    folder.mkdir(parents=True)
    (folder / "shop.csv.reason.txt").write_text("orders/shop.csv: is no CSV\n")
    assert refused_files(tmp_path) == ["  orders/shop.csv: is no CSV"]


def test_the_end_of_the_demo_says_where_the_release_is_and_what_it_holds(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as con:
        con.execute("create schema core")
        con.execute("create table core.fct_orders as select * from range(1234)")
        con.execute("create schema quality")
        con.execute(
            "create table quality.gate_results as select 'staging.x' as table_name, "
            "'has_a_parent' as expectation, success, '3' as observed, ['k1'] as failing_keys "
            "from (values (true), (false)) as results (success)"
        )
    told = tell(tmp_path, tmp_path)
    assert str(tmp_path / "warehouse.duckdb") in told
    assert "core.fct_orders" in told
    assert "1,234 rows" in told
    assert "reports.share_of_voice" not in told
    assert "1 of 2 checks passed" in told
    assert "warns: staging.x: has_a_parent: 3, e.g. k1" in told
