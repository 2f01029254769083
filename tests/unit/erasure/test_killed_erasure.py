"""What a night publishes after a command that removes something was killed, at every write."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reachline.night import run_night
from reachline.settings import Settings, load_settings
from tests.unit.erasure.conftest import config_of
from tests.unit.erasure.test_kept_aggregates import make_night
from tests.unit.nights import FIRST, ORDERS, copy_of, drop, order

pytestmark = [pytest.mark.slow, pytest.mark.long]
HERE = Path(__file__)


def killed(what: str, settings: Settings, folder: Path) -> dict[str, Any]:
    """Kill a command at each of its writes, and return what nights published after that."""
    folder.mkdir()
    done = subprocess.run(
        [
            *(sys.executable, "-m", "tests.unit.erasure.kill_writes", what),
            *map(str, (settings.paths.home, settings.config_dir, folder)),
        ],
        cwd=HERE.parents[3],
        check=False,
        capture_output=True,
        text=True,
        timeout=3600,
    )
    assert done.returncode == 0, done.stderr
    outcome: dict[str, Any] = json.loads(done.stdout)
    for state in outcome["states"].values():
        assert state["error"] is None, state
        assert state["again"] == outcome["after"], state["count"]
    return outcome


def nights(outcome: dict[str, Any]) -> list[Any]:
    """What nights published, in the order of the kills, each once."""
    found: list[Any] = []
    for state in outcome["states"].values():
        if state["night"] not in found:
            found.append(state["night"])
    return found


def test_retention_is_whole_or_not_begun_by_source(tmp_path: Path) -> None:
    outcome = killed("retention", make_night(tmp_path), tmp_path / "killed")
    assert outcome["kills"] > 20
    before, *between, after = nights(outcome)
    assert (before, after) == (outcome["before"], outcome["after"])
    # X is gone, and what stays of it is there; the videos are not
    (only_x,) = between
    kept, posts = "core.fct_kept_daily", "core.dim_post"
    assert before[kept] != only_x[kept] == after[kept]
    assert len({each[posts] for each in (before, only_x, after)}) == 3


def test_a_deleted_batch_counts_or_does_not(tmp_path: Path) -> None:
    outcome = killed("delete", make_quarantine(tmp_path), tmp_path / "killed")
    assert nights(outcome) == [outcome["before"], outcome["after"]]
    assert outcome["before"] != outcome["after"]


def test_what_is_dropped_is_in_no_figure_before_and_after(tmp_path: Path) -> None:
    outcome = killed("drop", make_quarantine(tmp_path), tmp_path / "killed")
    assert len(outcome["states"]) == 3, "none, one and both of two batches"
    assert nights(outcome) == [outcome["before"]]
    assert outcome["before"] == outcome["after"]


def test_mended_rows_count_or_wait_by_batch(tmp_path: Path) -> None:
    outcome = killed("retry", make_quarantine(tmp_path), tmp_path / "killed")
    before, one, after = nights(outcome)
    assert (before, after) == (outcome["before"], outcome["after"])
    orders = "core.fct_orders"
    assert len({each[orders] for each in (before, one, after)}) == 3


def test_a_person_is_forgotten_whatever_was_killed(landed_people: Settings, tmp_path: Path) -> None:
    settings = copy_of(landed_people, tmp_path / "people")
    run_night(settings, FIRST)
    outcome = killed("forget", settings, tmp_path / "killed")
    assert outcome["kills"] > 100
    assert [state["left"] for state in outcome["states"].values() if state["left"]] == []
    # rows of others are neither lost nor doubled in a night between, and hers go
    counts = zip(*(outcome[name][""] for name in ("before", "after")), strict=True)
    allowed = [range(min(pair), max(pair) + 1) for pair in counts]
    for state in outcome["states"].values():
        for rows, some in zip(state["night"][""], allowed, strict=True):
            assert rows in some, state["count"]


def make_quarantine(folder: Path) -> Settings:
    """Make a home with a night of two files of orders, in each of which an amount is none."""
    settings = load_settings(folder / "data", config_of(folder))
    for number in (1, 3):
        rows = order(number, FIRST) + order(number + 1, FIRST, "not a number")
        drop(settings.paths.home, f"{number}.csv", ORDERS + rows)
    run_night(settings, FIRST)
    return settings
