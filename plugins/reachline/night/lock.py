"""One run at a time under a home."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from reachline.errors import ReachlineError
from reachline.settings import Paths, Settings

LOCK = ".run.lock"


class NightBusyError(ReachlineError):
    """Another night is running under the same home."""


@contextmanager
def run_lock(settings: Settings, doing: str) -> Iterator[None]:
    """Hold the lock that lets one run at a time work under a home.

    The lock goes with its process, also with one that is killed. Raises NightBusyError saying who
    holds it.
    """
    settings.paths.home.mkdir(parents=True, exist_ok=True)
    path = settings.paths.home / LOCK
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise NightBusyError(
                f"{path}: another run is under way ({lock.read().strip() or 'it does not say'}). "
                "Wait until it has ended; one run at a time can write the warehouse."
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(f"process {os.getpid()}: {doing}")
        lock.flush()
        yield
        lock.seek(0)
        lock.truncate()


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

    Raises OSError where the file can't be read.
    """
    path = where.home / LOCK
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
