"""Two nights of a few orders, run once in a process.

What runs a night is imported by the tests that need one: it takes long.
"""

from __future__ import annotations

import shutil

import pytest

from reachline.configuration import EXAMPLE
from reachline.settings import Settings


@pytest.fixture(scope="session")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with two nights of orders; tests work on copies of it."""
    from tests.unit.nights import run_two_nights

    config = tmp_path_factory.mktemp("config") / "config"
    shutil.copytree(EXAMPLE, config)
    sources = (config / "sources.yml").read_text(encoding="utf-8")
    assert "settle_seconds: 30" in sources
    (config / "sources.yml").write_text(
        sources.replace("settle_seconds: 30", "settle_seconds: 0"), encoding="utf-8"
    )
    return run_two_nights(tmp_path_factory.mktemp("home") / "data", config)
