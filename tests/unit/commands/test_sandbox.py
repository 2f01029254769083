"""`reachline sandbox`: options, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reachline.sandbox import world as module
from reachline.sandbox.files import Written
from reachline.sandbox.spoil import WAYS
from reachline.sandbox.world import Night, World
from tests.unit.commands.typed import said, typed


def test_the_options_reach_the_world_and_its_parts_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def write(*arguments: Any, on_night: Callable[[int], None]) -> World:
        asked.extend(arguments)
        on_night(0)
        night = Night(date(2026, 4, 1), tmp_path, (Written("orders", "shop.csv", 1200),))
        return World(tmp_path, tmp_path / "config", tmp_path / "truth.json", (night,))

    monkeypatch.setattr(module, "write_world", write)
    out = str(tmp_path / "new")
    arguments = ["world", "--seed", "9", "--nights", "3", "--size", "medium", "--out", out]
    output = said(
        *("sandbox", *arguments, "--start", "2026-04-01"),
        *("--spoil", "orphan=0.5", "--spoil", "bad_enum=0"),
    )
    spoiled = {"orphan": 0.5, "bad_enum": 0.0}
    assert asked == [Path(out), 9, 3, "medium", date(2026, 4, 1), spoiled]
    assert "1,200 rows in 1 files for 1 nights" in output
    assert str(tmp_path / "truth.json") in output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--spoil", "cosmic_ray=0.1"], "cosmic_ray"),
        (["--start", "1 March"], "YYYY-MM-DD"),
        (["--size", "huge"], "small, medium, large"),
    ],
)
def test_a_wrong_option_is_told_without_a_traceback(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    code, output = typed("sandbox", "world", "--out", tmp_path / "new", *arguments)
    assert code == 2
    assert says in output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "reachline sandbox world"),
        (["--at", "1 March"], "with its offset"),
        (["--clock", "stops"], "runs or stands"),
    ],
)
def test_what_cannot_be_served_is_told_without_a_traceback(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    code, output = typed("sandbox", "serve", "--world", tmp_path, *arguments)
    assert (code, says in output) == (2, True), output


def test_help_lists_every_way_of_spoiling() -> None:
    told = said("sandbox", "world", "--help")
    assert [way for way in WAYS if way not in told] == []
