"""An inbox for each test, and both ways in which its files land."""

from __future__ import annotations

from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.inbox import land
from reachline.settings import Settings, load_settings
from tests.unit.inbox.homes import Home, home_in


@pytest.fixture(scope="session")
def shipped(project: Path) -> Settings:
    return load_settings(config=EXAMPLE)


@pytest.fixture(params=["text", "values"])
def both_ways(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """As small files land and as large ones do: what is told of both is the same."""
    if request.param == "values":
        monkeypatch.setattr(land, "TYPED_BYTES", 0)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_in(tmp_path / "home")
