"""One night at a time under a home, whether it runs in one process or as the tasks of a DAG.

The lock on `.run.lock` is a process's, and goes with it. Between the tasks of a run nobody holds
it: that it is the turn of that run's night stands in `.night.json`, from its first step to its
last. A run that waits for it, and goes before those of a backfill, stands in `.night.next.json`.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from reachline.errors import ReachlineError
from reachline.settings import Paths, Settings

LOCK = ".run.lock"
TURN = ".night.json"
NEXT = ".night.next.json"

IDLE_SECONDS = 3600.0
"""A night that has begun and does nothing for so long gives way to one that is run by hand.

More than its longest pause: ten minutes between two tries of a task.
"""

_LOOK_SECONDS = 1.0
_HELD: set[Path] = set()

log = logging.getLogger("reachline.night")


class NightBusyError(ReachlineError):
    """Another night is running under the same home."""


@dataclass(frozen=True)
class Turn:
    """What a night is to others whose steps are processes of their own: a run of the DAG.

    `has_ended` says of the name of such a run whether it has ended, or is not known; it is asked
    of the run that others have begun and not finished. `is_last_try` says whether the step is not
    tried again where it fails, `gives_way` whether it begins after any that does not.
    """

    run: str
    has_ended: Callable[[str], bool]
    is_last_try: bool = False
    gives_way: bool = False


@contextmanager
def run_lock(
    settings: Settings, doing: str, night: date | None = None, turn: Turn | None = None
) -> Iterator[None]:
    """Hold the lock that lets one run at a time work under a home.

    It goes with its process, also with one that is killed; a process that holds it may take it
    again. With a turn, it is that run's turn from then on, until `end_turn`; a process that is left
    over of the same run is waited for. Raises NightBusyError saying who is at work.
    """
    home = settings.paths.home
    if home in _HELD:
        yield
        return
    home.mkdir(parents=True, exist_ok=True)
    told = {} if turn is None else {"run": turn.run, "night": str(night), "doing": doing}
    with (home / LOCK).open("a+", encoding="utf-8") as lock:
        is_ours = turn is not None and _told(home / TURN).get("run") == turn.run
        try:
            _take(home / LOCK, lock, waits=is_ours)
            _require_turn(home, turn)
        except NightBusyError:
            if turn is not None and not turn.gives_way:
                _tell(home / NEXT, told)
            raise
        if turn is not None:
            _tell(home / TURN, told)
            if _told(home / NEXT).get("run") == turn.run:
                (home / NEXT).unlink()
        lock.seek(0)
        lock.truncate()
        lock.write(f"process {os.getpid()}: {doing}")
        lock.flush()
        _HELD.add(home)
        try:
            yield
        finally:
            _HELD.remove(home)
            if turn is not None:
                with suppress(FileNotFoundError):
                    os.utime(home / TURN)
        lock.seek(0)
        lock.truncate()


def end_turn(where: Paths, run: str) -> None:
    """Say that a run's night is over, if it is its turn; without a wait, where a process works."""
    if _told(where.home / TURN).get("run") != run:
        return
    with (where.home / LOCK).open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        drop_turn(where, run)


def drop_turn(where: Paths, run: str) -> None:
    """Do what `end_turn` does, in a process that holds the lock."""
    if _told(where.home / TURN).get("run") == run:
        (where.home / TURN).unlink(missing_ok=True)


def night_under_way(where: Paths) -> date | None:
    """Return the night that a run has begun and not ended."""
    night = _told(where.home / TURN).get("night")
    return None if night is None else date.fromisoformat(night)


def _take(path: Path, lock: TextIO, *, waits: bool) -> None:
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            lock.seek(0)
            holder = lock.read().strip() or "it does not say"
            if not waits:
                raise NightBusyError(
                    f"{path}: another run is under way ({holder}). "
                    "Wait until it has ended; one run at a time can write the warehouse."
                ) from error
        log.warning("%s: waits for what is left over of this run: %s", path, holder)
        time.sleep(_LOOK_SECONDS)


def _require_turn(home: Path, turn: Turn | None) -> None:
    """Raise NightBusyError where a run has begun a night and not ended it, or goes before."""
    told = _told(home / TURN)
    run = told.get("run")
    if turn is not None and run == turn.run:
        return
    if run is not None:
        if turn is None:
            has_ended = time.time() - (home / TURN).stat().st_mtime > IDLE_SECONDS
        else:
            has_ended = turn.has_ended(run)
        if not has_ended:
            raise NightBusyError(
                f"{home / TURN}: the night of {told['night']} is under way (run {run}, last: "
                f"{told['doing']}). Wait until it has ended; one night at a time can write the "
                f"warehouse. A run that does nothing for {IDLE_SECONDS / 3600:.0f} h gives way to "
                "one by hand, as it does when that file is deleted."
            )
        log.warning("the night of %s (run %s) did not end: others go on", told["night"], run)
        (home / TURN).unlink(missing_ok=True)
    if turn is not None and turn.gives_way:
        first = _told(home / NEXT)
        if "run" in first and first["run"] != turn.run and not turn.has_ended(first["run"]):
            raise NightBusyError(f"the night of {first['night']} goes first (run {first['run']}).")


def _told(path: Path) -> dict[str, str]:
    """Return which run a file tells of: its name, its night, what it did last."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(told[name]) for name in ("run", "night", "doing")}
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return {}


def _tell(path: Path, told: dict[str, str]) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(told), encoding="utf-8")
    beside.replace(path)


@dataclass(frozen=True)
class Holder:
    """Who holds the lock of a home, and since when; or, where none is held, who was killed with it.

    The lock of a process that was killed is free: the next run takes it.
    """

    who: str
    since: datetime
    is_held: bool


def lock_holder(where: Paths) -> Holder | None:
    """Return who holds the lock of a home or was killed with it; None where nobody did.

    Between the tasks of a run that has begun a night and goes on with it, that run holds it. Raises
    OSError where a file can't be read.
    """
    told, path = _told(where.home / TURN), where.home / LOCK
    if told:
        since = datetime.fromtimestamp((where.home / TURN).stat().st_mtime, UTC)
        if time.time() - since.timestamp() < IDLE_SECONDS:
            who = f"run {told['run']} of the night of {told['night']}, last: {told['doing']}"
            return Holder(who, since, is_held=True)
    try:
        with path.open(encoding="utf-8", errors="replace") as lock:
            who = lock.read().strip()
            if not who:
                return None
            since = datetime.fromtimestamp(os.fstat(lock.fileno()).st_mtime, UTC)
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Holder(who, since, is_held=True)
    except FileNotFoundError:
        return None
    return Holder(who, since, is_held=False)
