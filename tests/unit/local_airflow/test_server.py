"""`down` stops what `up` started, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from reachline.local_airflow import server
from reachline.local_airflow.environment import environment
from reachline.settings import config_dir, paths

SLEEP = "import time; time.sleep(120)"
LEADS = "import subprocess, sys; subprocess.Popen(sys.argv[1:]); import time; time.sleep(120)"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REACHLINE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    airflow = Path(environment(paths(), config_dir())["AIRFLOW_HOME"])
    airflow.mkdir(parents=True)
    return airflow


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def start(started: list[subprocess.Popen[bytes]], home: Path, *command: str) -> int:
    """Start a process that leads a session of its own, as `up` does."""
    process = subprocess.Popen(
        [sys.executable, "-c", *command], env={"AIRFLOW_HOME": str(home)}, start_new_session=True
    )
    started.append(process)
    while psutil.Process(process.pid).cmdline()[1:2] != ["-c"]:
        time.sleep(0.01)
    return process.pid


def note(home: Path, pid: int, began: float | None = None) -> None:
    noted = {"pid": pid, "began": psutil.Process(pid).create_time() if began is None else began}
    (home / "up.pid").write_text(json.dumps(noted), encoding="utf-8")


def test_what_serves_airflow_from_this_home_is_stopped_with_its_children(
    home: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    child = [sys.executable, "-c", SLEEP]
    pid = start(started, home, LEADS, *child, "airflow", "serve")
    while not psutil.Process(pid).children():
        time.sleep(0.01)
    (below,) = psutil.Process(pid).children()
    note(home, pid)
    assert server.down()
    started[0].wait(10)
    assert not below.is_running() or below.status() == psutil.STATUS_ZOMBIE
    assert not (home / "up.pid").exists()
    assert not server.down()


@pytest.mark.parametrize(
    ("command", "is_of_this_home"),
    [((SLEEP,), True), ((SLEEP, "airflow", "serve"), False), ((SLEEP, "airflow", "up"), True)],
)
def test_a_stranger_that_has_the_number_now_is_left_alone(
    home: Path,
    started: list[subprocess.Popen[bytes]],
    command: tuple[str, ...],
    is_of_this_home: bool,
) -> None:
    pid = start(started, home if is_of_this_home else home / "other", *command)
    note(home, pid)
    assert not server.down()
    assert psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    assert started[0].poll() is None


@pytest.mark.parametrize(
    ("words", "earlier", "stops"),
    [("airflow", 60, True), ("a", 60, False), ("airflow", -60, False)],
)
def test_members_whose_leader_has_ended_are_ours_if_they_run_airflow_and_began_after_it(
    home: Path,
    started: list[subprocess.Popen[bytes]],
    words: str,
    earlier: float,
    stops: bool,
) -> None:
    pid = start(started, home, LEADS, sys.executable, "-c", SLEEP, words)
    while not psutil.Process(pid).children():
        time.sleep(0.01)
    (member,) = psutil.Process(pid).children()
    began = psutil.Process(pid).create_time() - earlier
    started[0].kill()
    started[0].wait()
    note(home, pid, began)
    try:
        assert server.down() is stops
        gone, _ = psutil.wait_procs([member], timeout=5 if stops else 0.2)
        assert bool(gone) is stops
    finally:
        if member.is_running():
            member.kill()


@pytest.mark.parametrize("text", ["", "4711", "[]", '{"pid": "x", "began": 1}', '{"pid": 1}'])
def test_a_note_that_says_nothing_stops_nothing(home: Path, text: str) -> None:
    (home / "up.pid").write_text(text, encoding="utf-8")
    assert not server.down()
    assert not (home / "up.pid").exists()
