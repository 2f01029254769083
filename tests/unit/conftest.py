"""Two nights of a few orders, run once for all workers.

What runs a night is imported by the tests that need one: it takes long.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.settings import Settings, load_settings
from tests.shared import made_once


@pytest.fixture(scope="session")
def two_nights(shared: Path) -> Settings:
    """A home with two nights of orders; tests work on copies of it."""
    home, config = made_once(shared / "two-nights", _run)
    return load_settings(home, config)


def _run(folder: Path) -> tuple[Path, Path]:
    from tests.unit.nights import run_two_nights

    home, config = folder / "data", folder / "config"
    shutil.copytree(EXAMPLE, config)
    sources = (config / "sources.yml").read_text(encoding="utf-8")
    assert "settle_seconds: 30" in sources
    (config / "sources.yml").write_text(
        sources.replace("settle_seconds: 30", "settle_seconds: 0"), encoding="utf-8"
    )
    run_two_nights(home, config)
    return home, config
