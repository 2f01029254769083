"""One small world, and a sandbox over it for each test: six in the morning after two nights."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reachline.sandbox.platforms import Sandbox, serving
from reachline.sandbox.world import World
from tests.unit.sandbox.platforms.clients import AT


@pytest.fixture(scope="session")
def world(four_nights: World) -> World:
    return four_nights


@pytest.fixture
def sandbox(world: World) -> Iterator[Sandbox]:
    with serving(world.out, AT) as running:
        yield running
