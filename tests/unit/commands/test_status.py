"""`reachline status`, before and after nights."""

from __future__ import annotations

from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.settings import Settings
from tests.unit.commands.typed import said


def test_status_says_what_ran_and_what_is_stale(at_home: Settings) -> None:
    text = said("status")
    for words in ("2026-03-02: published", "built to   2026-03-02", "2026-03-02-0002", "checks"):
        assert words in text
    assert "inbox/posts: never" in text


def test_status_before_the_first_night(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    text = said("status")
    assert "No night has run yet" in text
    assert "nothing has been published yet" in text
