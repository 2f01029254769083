"""`reachline run` tells of a night that failed, and keeps quiet of one that may not run yet."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reachline.commands import run as command
from reachline.configuration import EXAMPLE
from reachline.night import NightBusyError
from reachline.quality.checks import GateBlocked
from tests.unit.commands.typed import typed

Told = list[tuple[Any, ...]]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    config = Path(shutil.copytree(EXAMPLE, tmp_path / "config"))
    (config / "publish.yml").write_text("alarms: {mail: {to: [a@b.c]}}\n", encoding="utf-8")
    monkeypatch.setenv("REACHLINE_CONFIG", str(config))
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "data"))
    found: Told = []

    def failed(_desk: object, night: date, *, step: str, why: str) -> None:
        found.append((night, step, why))

    monkeypatch.setattr(command, "tell_failed", failed)
    monkeypatch.setattr(command, "tell_published", lambda _desk, night: found.append((night,)))
    return found


def ends(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> None:
    def run_shown(*_: object, **__: object) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(command, "run_shown", run_shown)
    monkeypatch.setattr(command, "print_report", lambda *_: None)


NIGHT = date(2026, 3, 1)


def test_whoever_is_named_is_told_how_a_night_ended(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(monkeypatch, GateBlocked("model", "2026-03-01", []))
    assert typed("run", "--date", NIGHT)[0] == 1
    assert told[-1][:2] == (NIGHT, "")
    ends(monkeypatch, NightBusyError("another run"))
    assert typed("run", "--date", NIGHT)[0] == 1
    assert len(told) == 1
    ends(monkeypatch, None)
    assert typed("run", "--date", NIGHT)[0] == 0
    assert told[-1] == (NIGHT,)


def test_a_broken_configuration_is_told_of(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends(monkeypatch, None)
    (tmp_path / "config" / "brands.yml").write_text("brands: 7\n", encoding="utf-8")
    assert typed("run", "--date", NIGHT)[0] == 1
    ((_, step, why),) = told
    assert step == "check_config"
    assert "brands.yml" in why


def test_nothing_is_told_where_nobody_is_named(
    told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config" / "publish.yml").write_text("{}\n", encoding="utf-8")
    for error in (GateBlocked("model", "2026-03-01", []), None):
        ends(monkeypatch, error)
        typed("run", "--date", NIGHT)
    assert told == []


def test_alarms_are_tried_and_asked_for_by_hand(told: Told, tmp_path: Path) -> None:
    assert "nothing to tell of" in typed("alarms", "check")[1]
    # there is no such connection here
    assert typed("alarms", "test")[0] == 1
    (tmp_path / "config" / "publish.yml").write_text("{}\n", encoding="utf-8")
    assert typed("alarms", "check")[0] == 1
