"""Whose turn it is: the steps of a night are processes, and no other night comes between."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from reachline.configuration import EXAMPLE
from reachline.night import NightBusyError, NightError, Turn, end_turn, night_under_way, run_step
from reachline.night.lock import IDLE_SECONDS, LOCK, NEXT, TURN, run_lock
from reachline.settings import Settings, load_settings

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)

HOLDS = """
import fcntl, sys
lock = open(sys.argv[1], "a")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "data", EXAMPLE)


def turn(run: str, *, ended: tuple[str, ...] = (), last: bool = False, gives: bool = False) -> Turn:
    return Turn(run, lambda other: other in ended, is_last_try=last, gives_way=gives)


def take(settings: Settings, night: date, which: Turn | None) -> None:
    with run_lock(settings, f"a step of {night}", night, which):
        pass


def steps_that(
    monkeypatch: pytest.MonkeyPatch, does: Callable[[], object], name: str = "stage"
) -> None:
    monkeypatch.setattr("reachline.night.run.calls_of", lambda *_, **__: {name: does})


def fail() -> None:
    raise OSError("no space left")


def refuse() -> None:
    raise NightError("it would be the same again")


def test_nobody_comes_between_the_steps_of_a_run(home: Settings) -> None:
    take(home, FIRST, turn("a"))
    assert night_under_way(home.paths) == FIRST
    with pytest.raises(NightBusyError, match=r"night of 2026-03-01 is under way \(run a"):
        take(home, SECOND, turn("b"))
    with pytest.raises(NightBusyError, match="run a"):
        take(home, SECOND, None)
    take(home, FIRST, turn("a"))
    end_turn(home.paths, "b")
    assert night_under_way(home.paths) == FIRST
    end_turn(home.paths, "a")
    assert night_under_way(home.paths) is None
    take(home, SECOND, turn("b"))


@pytest.mark.parametrize(
    ("does", "name", "is_last", "is_over"),
    [
        (lambda: None, "stage", False, False),
        (lambda: None, "publish", False, True),
        (fail, "stage", False, False),
        (fail, "stage", True, True),
        (refuse, "stage", False, True),
    ],
)
def test_a_turn_lasts_until_the_last_step_or_one_that_fails_for_good(
    home: Settings,
    monkeypatch: pytest.MonkeyPatch,
    does: Callable[[], object],
    name: str,
    is_last: bool,
    is_over: bool,
) -> None:
    steps_that(monkeypatch, does, name)
    try:
        run_step(home, FIRST, name, turn=turn("a", last=is_last))
    except (OSError, NightError):
        assert does in (fail, refuse)
    assert (night_under_way(home.paths) is None) is is_over


def test_a_run_that_has_ended_gives_its_turn_up(
    home: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    take(home, FIRST, turn("a"))
    with caplog.at_level(logging.WARNING):
        take(home, SECOND, turn("b", ended=("a",)))
    assert "2026-03-01 (run a) did not end" in caplog.text
    assert night_under_way(home.paths) == SECOND


def test_a_night_by_hand_waits_for_no_run_that_does_nothing_for_an_hour(home: Settings) -> None:
    take(home, FIRST, turn("a"))
    long_ago = time.time() - IDLE_SECONDS - 5
    os.utime(home.paths.home / TURN, (long_ago, long_ago))
    take(home, SECOND, None)
    assert night_under_way(home.paths) is None


def test_a_step_that_ends_shows_that_its_run_is_alive(home: Settings) -> None:
    long_ago = time.time() - IDLE_SECONDS - 5
    with run_lock(home, "a long step", FIRST, turn("a")):
        os.utime(home.paths.home / TURN, (long_ago, long_ago))
    with pytest.raises(NightBusyError):
        take(home, SECOND, None)


def test_a_process_holds_the_lock_for_whatever_it_does_meanwhile(home: Settings) -> None:
    with run_lock(home, "a whole night"):
        take(home, FIRST, turn("a"))
        assert night_under_way(home.paths) is None
    take(home, SECOND, turn("b"))


def test_a_process_left_over_of_the_same_run_is_waited_for(home: Settings) -> None:
    take(home, FIRST, turn("a"))
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, home.paths.home / LOCK],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(NightBusyError, match="another run is under way"):
            take(home, SECOND, turn("b", ended=("a",)))
        assert holder.stdin is not None
        waits = subprocess.Popen(
            [sys.executable, "-c", WAITS, home.paths.home, EXAMPLE], stdout=subprocess.PIPE,
            text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        assert waits.stdout is not None
        assert waits.stdout.readline() == "waits\n"
        holder.stdin.close()
        assert waits.communicate(timeout=60)[0] == "had it\n"


WAITS = """
import sys, datetime
from pathlib import Path
from reachline.night import lock
from reachline.settings import load_settings

def sleep(seconds, real=lock.time.sleep):
    print("waits", flush=True)
    lock.time.sleep = real
    real(seconds)

lock.time.sleep = sleep
settings = load_settings(Path(sys.argv[1]), Path(sys.argv[2]))
with lock.run_lock(settings, "again", datetime.date(2026, 3, 1), lock.Turn("a", lambda run: False)):
    print("had it")
"""


def test_a_backfill_gives_way_to_a_night_that_waits(home: Settings) -> None:
    take(home, FIRST, turn("backfill-1", gives=True))
    with pytest.raises(NightBusyError):
        take(home, SECOND, turn("tonight"))
    end_turn(home.paths, "backfill-1")
    with pytest.raises(NightBusyError, match=r"2026-03-02 goes first \(run tonight\)"):
        take(home, FIRST, turn("backfill-2", gives=True))
    take(home, SECOND, turn("tonight"))
    assert not (home.paths.home / NEXT).exists()
    end_turn(home.paths, "tonight")
    take(home, FIRST, turn("backfill-2", gives=True))


def test_a_backfill_waits_for_nobody_who_has_given_up(home: Settings) -> None:
    take(home, FIRST, turn("backfill-1", gives=True))
    with pytest.raises(NightBusyError):
        take(home, SECOND, turn("tonight"))
    end_turn(home.paths, "backfill-1")
    take(home, FIRST, turn("backfill-2", ended=("tonight",), gives=True))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"run": "a"}'])
def test_a_file_that_says_nothing_is_nobody_s_turn(home: Settings, text: str) -> None:
    home.paths.home.mkdir(parents=True)
    (home.paths.home / TURN).write_text(text, encoding="utf-8")
    take(home, SECOND, turn("b"))
    assert night_under_way(home.paths) == SECOND
