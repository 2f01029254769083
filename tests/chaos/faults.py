"""Lets the n-th call of a kind fail, of those that change or open files below one folder."""

from __future__ import annotations

import ctypes
import errno
import os
import random
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("faults.c")

# both in the order of faults.c
CALLS = ("write", "sync", "rename", "link", "unlink", "open", "mkdir", "truncate", "read")
_ONCE, _FROM_NOW_ON, _SHORT, _KILL_BEFORE, _KILL_AFTER = range(5)

HOW = {
    "EIO": (_ONCE, errno.EIO),
    "ENOSPC": (_ONCE, errno.ENOSPC),
    "full": (_FROM_NOW_ON, errno.ENOSPC),
    "EROFS": (_FROM_NOW_ON, errno.EROFS),
    "short": (_SHORT, 0),
    "kill": (_KILL_BEFORE, 0),
    "kill after": (_KILL_AFTER, 0),
}
"""How a call fails: once, or so that the disk is full or read-only from then on; half of a write is
done; the process is killed just before it or just after."""

_CHANGES = ("EIO", "ENOSPC", "full", "EROFS", "kill", "kill after")
OF_CALL: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(CALLS, _CHANGES),
    "write": (*_CHANGES, "short"),
    "sync": ("EIO", "ENOSPC", "EROFS", "kill", "kill after"),
    "unlink": ("EIO", "EROFS", "kill", "kill after"),
    "read": ("EIO", "kill"),
}
"""How each kind of call can fail."""


@dataclass(frozen=True)
class Fault:
    """The `at`-th call of a kind fails in a way of `HOW`."""

    call: str
    at: int
    how: str

    def __str__(self) -> str:
        return f"{self.call} {self.at} {self.how}"


def drawn(seed: str, seen: Mapping[str, int]) -> Fault:
    """Return the fault of a seed, of an act that makes so many calls of each kind."""
    chance = random.Random(seed)
    call = chance.choice([name for name in CALLS if seen[name]])
    return Fault(call, chance.randint(1, seen[call]), chance.choice(OF_CALL[call]))


def build(folder: Path) -> Path:
    """Compile the library that stands before the C library, and return its file."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("chaos needs a C compiler: `apt-get install gcc libc6-dev`, or the like")
    library = folder / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def preloaded(library: Path) -> dict[str, str]:
    """Return the environment of a process in which faults can be armed."""
    return {**os.environ, "LD_PRELOAD": str(library)}


def arm(folder: Path, fault: Fault | None) -> None:
    """Begin to count calls on files below a folder, and let one of them fail."""
    if fault is None:
        call, at, how, number = -1, 0, 0, 0
    else:
        how, number = HOW[fault.how]
        call, at = CALLS.index(fault.call), fault.at
    _library().faults_arm(os.fsencode(folder), call, ctypes.c_long(at), how, number)


def disarm() -> None:
    """Let all calls pass from now on."""
    _library().faults_disarm()


def set_clock(seconds: int) -> None:
    """Let this process's clock be so many seconds ahead."""
    _library().faults_set_clock(ctypes.c_long(seconds))


def is_met() -> bool:
    """Whether the call that was to fail was made."""
    return bool(_library().faults_met())


def seen() -> dict[str, int]:
    """Return how many calls of each kind were made since `arm`."""
    return {name: _library().faults_seen(number) for number, name in enumerate(CALLS)}


def _library() -> ctypes.CDLL:
    if "faults.so" not in os.environ.get("LD_PRELOAD", ""):
        raise RuntimeError("no fault can be armed: LD_PRELOAD does not name faults.so")
    library = ctypes.CDLL(None)
    library.faults_seen.restype = ctypes.c_long
    return library
