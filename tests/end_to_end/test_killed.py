"""`kill -9` at any moment of a night, then the night again: as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from reachline.landing import manifests
from reachline.night import run_night
from reachline.sandbox.world import World
from tests.end_to_end.homes import (
    Market,
    assert_same_tables,
    command,
    drop,
    published_tables,
)

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Undisturbed:
    """A home whose two nights ran through, and how long the second one took as a process."""

    home: Path
    seconds: float


@pytest.fixture(scope="module")
def undisturbed(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    home = tmp_path_factory.mktemp("undisturbed") / "data"
    market.copy(1, home)
    world = market.world
    arguments, environment = command(world, home, "run", "--date", drop(world, 1, home).isoformat())
    started = time.perf_counter()
    subprocess.run(arguments, env=environment, check=True, capture_output=True)
    return Undisturbed(home, time.perf_counter() - started)


def _batches(home: Path) -> list[tuple[str, str, int]]:
    return [(batch.batch_id, batch.stream, batch.rows) for batch in manifests(home / "landing")]


def _run_and_kill(world: World, home: Path, day: str, at: float) -> bool:
    """Start the night in a process of its own, and kill it after `at` seconds; was it killed?"""
    arguments, environment = command(world, home, "run", "--date", day)
    process = subprocess.Popen(
        arguments,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _, errors = process.communicate(timeout=at)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return True
    assert process.returncode == 0, errors.decode()
    return False


def _kills(market: Market, undisturbed: Undisturbed, home: Path, shares: list[float]) -> None:
    """Kill the second night after each share of its length, then let it run, and compare."""
    settings = market.copy(1, home)
    before = published_tables(home)
    day = drop(market.world, 1, home)
    for share in shares:
        killed = _run_and_kill(market.world, home, day.isoformat(), share * undisturbed.seconds)
        if day.isoformat() not in os.readlink(home / "published/current"):
            assert killed
            assert published_tables(home) == before, "a half night was published"
    run_night(settings, day)
    assert_same_tables(home, undisturbed.home)
    assert _batches(home) == _batches(undisturbed.home), "a batch was lost or doubled"


def test_a_night_that_was_killed_ends_as_an_undisturbed_one(
    market: Market, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    _kills(market, undisturbed, tmp_path / "data", [0.3, 0.6, 0.85])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_a_night_killed_at_random_moments_ends_as_an_undisturbed_one(
    market: Market, undisturbed: Undisturbed, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    _kills(market, undisturbed, tmp_path / "data", [rng.random(), rng.random()])
