"""`reachline replay`: nights of a span of dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reachline.commands import nights, replay
from reachline.settings import Settings
from tests.unit.commands.typed import said
from tests.unit.nights import ORDERS


def test_replay_runs_the_nights_of_a_world_in_order(
    at_home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "world" / "nights" / "2026-03-04" / "inbox" / "orders"
    inbox.mkdir(parents=True)
    (inbox / "x.csv").write_text(ORDERS, encoding="utf-8")
    ran: list[date] = []

    def fake(settings: Settings, day: date, **_: object) -> None:
        ran.append(day)
        assert (settings.paths.inbox / "orders" / "x.csv").exists() == (day >= date(2026, 3, 4))

    monkeypatch.setattr(nights, "run_night", fake)
    monkeypatch.setattr(replay, "print_report", lambda *_: None)
    said(
        *("replay", "--from", "2026-03-03", "--to", "2026-03-05"),
        *("--inbox-from", str(tmp_path / "world")),
    )
    assert ran == [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
