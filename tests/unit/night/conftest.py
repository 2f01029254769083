from __future__ import annotations

from pathlib import Path

import pytest

from reachline.settings import Settings
from tests.unit.nights import copy_of


@pytest.fixture
def settings(two_nights: Settings, tmp_path: Path) -> Settings:
    """A home with two nights, for one test alone."""
    return copy_of(two_nights, tmp_path / "data")
