"""A night through the real DAG is the night; what a gate stops there stays unpublished."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from reachline.inbox import land_files
from reachline.landing import manifests
from reachline.sandbox.world import World
from tests.end_to_end.homes import PROJECT, Market, assert_same_tables, drop, settings_of

pytestmark = pytest.mark.slow


def through_airflow(world: World, home: Path, day: date) -> subprocess.CompletedProcess[str]:
    """What `make nightly DATE=…` does, with Airflow's own folder in this home."""
    environment = {
        **os.environ,
        "REACHLINE_HOME": str(home),
        "REACHLINE_CONFIG": str(world.config),
        "AIRFLOW_HOME": str(home / "airflow"),
        "PYTHONPATH": str(PROJECT / "plugins"),
    }
    command = [
        sys.executable,
        "-m",
        "reachline.cli",
        "airflow",
        "nightly",
        "--date",
        day.isoformat(),
    ]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=900
    )


def test_a_night_through_the_dag_is_the_night(market: Market, tmp_path: Path) -> None:
    world, ours = market.world, tmp_path / "airflow"
    day = drop(world, 0, ours)
    done = through_airflow(world, ours, day)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"published {day}" in done.stdout
    assert_same_tables(ours, market.after(1))

    current = os.readlink(ours / "published/current")
    day = drop(world, 1, ours)
    land_files(settings_of(world, ours), day, "test")
    damaged = manifests(ours / "landing")[-1]
    with (ours / "landing" / str(damaged.path)).open("ab") as file:
        file.write(b"one byte too many")
    stopped = through_airflow(world, ours, day)
    assert stopped.returncode != 0
    told = stopped.stdout + stopped.stderr
    assert "gate landing blocked" in told
    assert damaged.batch_id in told
    assert os.readlink(ours / "published/current") == current
