from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reachline.sandbox.demo import DemoError, _make_room, drop_night
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
