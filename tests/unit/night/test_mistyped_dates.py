"""A night of a mistyped date keeps readers from all nights before it: said, and undone."""

from __future__ import annotations

import logging
from datetime import date, timedelta

import pytest

from reachline.commands import run as command
from reachline.night import run_night
from reachline.settings import Settings
from tests.unit.commands.typed import said, typed
from tests.unit.nights import ORDERS, SECOND, current_id, drop, order, served

pytestmark = pytest.mark.slow

THIRD, MISTYPED = SECOND + timedelta(1), date(2026, 3, 30)


def test_a_night_that_readers_do_not_see_says_so_and_the_way_out_works(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(settings.config_dir))
    monkeypatch.setattr(command, "outside_of_tasks", lambda: None)
    drop(settings.paths.home, "third.csv", ORDERS + order(4, THIRD))
    run_night(settings, MISTYPED)
    frozen = current_id(settings)
    with caplog.at_level(logging.WARNING, logger="reachline.night"):
        code, told = typed("run", "--date", THIRD)
    assert code == 3
    assert current_id(settings) == frozen
    for words in (
        "NOT CURRENT: the night of 2026-03-03 made the release 2026-03-03-0004",
        f"readers go on seeing {frozen}, as of 2026-03-30",
        "the warehouse is built to 2026-03-30",
        "reachline release rollback 2026-03-03-0004",
        f"delete {settings.paths.warehouse}/*.duckdb and run 2026-03-03 again",
    ):
        assert words in told
    assert any("readers go on seeing" in record.message for record in caplog.records)

    for file in settings.paths.warehouse.glob("*.duckdb"):
        file.unlink()
    code, told = typed("run", "--date", THIRD)
    assert (code, "NOT CURRENT" in told) == (0, False)
    assert current_id(settings).startswith("2026-03-03-")
    assert served(settings, "select count(*) from core.fct_orders") == [(4,)]
    assert typed("run", "--date", THIRD + timedelta(1))[0] == 0
    assert current_id(settings).startswith("2026-03-04-")


def test_a_replay_that_ends_before_the_warehouse_has_that_code_too(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(settings.config_dir))
    first = SECOND - timedelta(1)
    assert typed("replay", "--from", first, "--to", first)[0] == 3
    assert typed("replay", "--from", SECOND, "--to", SECOND)[0] == 0


def test_status_warns_of_a_warehouse_of_the_future(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(settings.config_dir))
    assert "after today" not in said("status")
    run_night(settings, date(2999, 1, 1))
    text = said("status")
    assert "it is built to 2999-01-01, after today" in text
    assert f"rm {settings.paths.warehouse}/*.duckdb*" in text
