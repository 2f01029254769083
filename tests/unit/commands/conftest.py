from __future__ import annotations

from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.settings import Settings
from tests.unit.inbox.homes import Home, home_in


@pytest.fixture
def at_home(two_nights: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with two nights, for one test alone, which commands find."""
    from tests.unit.nights import copy_of

    settings = copy_of(two_nights, tmp_path / "data")
    monkeypatch.setenv("REACHLINE_HOME", str(settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(settings.config_dir))
    return settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home with an inbox, which commands find."""
    home = home_in(tmp_path / "home")
    monkeypatch.setenv("REACHLINE_HOME", str(home.settings.paths.home))
    monkeypatch.setenv("REACHLINE_CONFIG", str(EXAMPLE))
    monkeypatch.chdir(tmp_path)
    return home
