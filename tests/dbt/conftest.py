"""What the connectors ask of the sandbox, asked once for all tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import pytest

from reachline.sandbox.world import write_world
from tests.dbt.asked import Asked, requests_of

Made = Callable[[str], Sequence[Asked]]


@pytest.fixture(scope="session")
def requests_made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a function that gives the requests of a source's connector, with their answers."""
    world = write_world(tmp_path_factory.mktemp("market") / "world", 7, 4, "small", threads=2)

    @cache
    def made(source: str) -> Sequence[Asked]:
        with pytest.MonkeyPatch.context() as monkeypatch:
            return requests_of(source, world, tmp_path_factory.mktemp(source), monkeypatch)

    return made
