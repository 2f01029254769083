"""`reachline status`, `replay` and `release`, of two nights."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reachline import night_commands
from reachline.configuration import EXAMPLE
from reachline.publish import commands as release_commands
from reachline.settings import Settings
from tests.unit.nights import ORDERS, copy_of, current_id


@pytest.fixture
def at_home(two_nights: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings = copy_of(two_nights, tmp_path / "data")
    monkeypatch.setenv("REACHLINE_HOME", str(settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(settings.config_dir))
    return settings


def said(app: Any, *arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_status_says_what_ran_and_what_is_stale(at_home: Settings) -> None:
    text = said(night_commands.app, "status")
    for words in ("2026-03-02: published", "built to   2026-03-02", "2026-03-02-0002", "checks"):
        assert words in text
    assert "inbox/posts: never" in text


def test_status_before_the_first_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    text = said(night_commands.app, "status")
    assert "No night has run yet" in text
    assert "nothing has been published yet" in text


def test_release_lists_shows_and_rolls_back(at_home: Settings) -> None:
    listed = said(release_commands.app, "ls").splitlines()
    assert [line[:17] for line in listed] == ["  2026-03-01-0001", "* 2026-03-02-0002"]
    assert "core.fct_orders" in said(release_commands.app, "show")
    assert "2026-03-01-0001" in said(release_commands.app, "rollback")
    assert current_id(at_home) == "2026-03-01-0001"
    assert "night      2026-03-01" in said(release_commands.app, "show", "current")
    said(release_commands.app, "rollback", "2026-03-02-0002")
    assert current_id(at_home) == "2026-03-02-0002"


def test_replay_runs_the_nights_of_a_world_in_order(
    at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "world" / "nights" / "2026-03-04" / "inbox" / "orders"
    inbox.mkdir(parents=True)
    (inbox / "x.csv").write_text(ORDERS, encoding="utf-8")
    ran: list[date] = []

    def fake(settings: Settings, day: date, *, promoted: bool) -> None:
        ran.append(day)
        assert (settings.paths.inbox / "orders" / "x.csv").exists() == (day >= date(2026, 3, 4))

    monkeypatch.setattr(night_commands, "run_night", fake)
    monkeypatch.setattr(night_commands, "_tell", lambda *_: None)
    said(
        night_commands.app,
        *("replay", "--from", "2026-03-03", "--to", "2026-03-05"),
        *("--inbox-from", str(tmp_path / "world")),
    )
    assert ran == [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
