"""One small world, and a sandbox over it for each test: six in the morning after two nights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reachline.sandbox.platforms import Sandbox, serving
from reachline.sandbox.world import World, write_world
from tests.unit.sandbox.platforms.clients import AT


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return write_world(tmp_path_factory.mktemp("market") / "world", 7, 4, "small", threads=2)


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with serving(world.out, AT) as running:
        yield running
