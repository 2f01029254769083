"""Two nights of a few orders, run once for all workers.

What runs a night is imported by the tests that need one: it takes long.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.object_store import Store, open_store
from reachline.settings import Settings, load_settings
from tests.object_stores import S3, serving
from tests.shared import made_once


@pytest.fixture(scope="session")
def object_server() -> Iterator[S3]:
    """An S3 on loopback with the bucket `brand`."""
    with serving() as s3:
        s3.make_bucket("brand")
        yield s3


@pytest.fixture
def s3(object_server: S3, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """The same, with an empty place in it that REACHLINE_STORE names."""
    for name, value in object_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REACHLINE_STORE", f"s3://brand/{uuid.uuid4().hex}")
    yield object_server
    object_server.cuts.clear()
    object_server.refuses.clear()
    object_server.changes = None


@pytest.fixture
def store(s3: S3) -> Store:
    """The store at that place."""
    return open_store(os.environ["REACHLINE_STORE"])


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
