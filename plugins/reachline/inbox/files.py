"""What lies in the inbox, and where files go when they were looked at."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reachline.landing import Manifest
from reachline.landing.disk import move_file

DONE, FAILED = "_done", "_failed"
UNFINISHED = (".part", ".tmp")
REJECTS = ".rejects.csv"
REASON = ".reason.txt"

# file systems take 255 bytes; a number, and the suffix of a file beside it, are added to a name
_LONGEST_NAME = 220


@dataclass(frozen=True)
class Dropped:
    """An entry of the inbox: `folder` is the stream's or tool's, empty for the inbox itself.

    `landed` is the batch that was read from it, where it lies in `_done` and has changed since.
    """

    path: Path
    folder: str
    stat: os.stat_result
    landed: Manifest | None = None

    @property
    def name(self) -> str:
        """The name it was dropped under, as it can be written down."""
        return shown(self.path.name)

    @property
    def is_file(self) -> bool:
        """Whether it is a file of its own: no link, folder, pipe or device."""
        return stat.S_ISREG(self.stat.st_mode)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.stat.st_mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link, to wherever."""
        return stat.S_ISLNK(self.stat.st_mode)

    def age(self) -> float:
        """Return the seconds since its last change, or until it where a clock is wrong."""
        return abs(time.time() - self.stat.st_mtime)

    def is_unchanged(self) -> bool:
        """Whether it is still the file that was looked at, with the same size and time."""
        try:
            now = self.path.lstat()
        except OSError:
            return False
        return identity(now) == identity(self.stat)


def identity(found: os.stat_result) -> tuple[int, int, int, int]:
    """Return what tells whether a file is the same and unchanged."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class Unreachable:
    """An entry of the inbox that the machine can't look at, as where its disk is gone."""

    path: Path
    folder: str
    problem: str

    @property
    def name(self) -> str:
        """Its name, as it can be written down."""
        return shown(self.path.name)


def dropped_files(inbox: Path) -> list[Dropped | Unreachable]:
    """Return what was dropped, in byte order of folder and name.

    Left out are names that begin with `.` or end in .part or .tmp, and the folders `_done` and
    `_failed`. A link that stands for a stream's folder is returned as an entry itself.
    """
    found: list[Dropped | Unreachable] = []
    for top in _entries(inbox):
        if top.name in (DONE, FAILED):
            continue
        folder = _looked_at(top, "")
        if isinstance(folder, Dropped) and folder.is_folder:
            try:
                entries = _entries(folder.path)
            except OSError as error:
                found.append(Unreachable(folder.path, "", str(error.strerror)))
            else:
                found += filter(None, (_looked_at(entry, top.name) for entry in entries))
        elif folder is not None:
            found.append(folder)
    return found


def _looked_at(entry: os.DirEntry[str], folder: str) -> Dropped | Unreachable | None:
    """Return an entry with its state; None where it vanished."""
    try:
        return Dropped(Path(entry.path), folder, entry.stat(follow_symlinks=False))
    except FileNotFoundError:
        return None
    except OSError as error:
        return Unreachable(Path(entry.path), folder, str(error.strerror))


def late_files(inbox: Path, landed: Iterable[Manifest]) -> Iterator[Dropped | Unreachable]:
    """Yield the files of `_done` and `_failed` that were written to after they were moved there.

    So does an upload that stalled for longer than a file takes to settle: it writes on, wherever
    the file is now. One that is empty now was emptied by somebody who needed the space.
    """
    last = {
        (manifest.folder, manifest.file.done): manifest
        for manifest in landed
        if manifest.file is not None
    }
    for (folder, done), manifest in last.items():
        path, origin = inbox / DONE / folder / done, manifest.file
        found = _stat_of_file(path)
        if found is None or origin is None or found.st_size == 0 or found.st_ino != origin.inode:
            continue
        if (found.st_size, found.st_mtime_ns) != (origin.bytes, origin.mtime_ns):
            yield Dropped(path, folder, found, manifest)
    try:
        reasons = sorted((inbox / FAILED).glob(f"*/*{REASON}"))
    except OSError as error:
        yield Unreachable(inbox / FAILED, "", str(error.strerror))
        return
    for reason in reasons:
        path = reason.with_name(reason.name.removesuffix(REASON))
        found, told = _stat_of_file(path), _stat_of_file(reason)
        if found is not None and told is not None and found.st_mtime_ns > told.st_mtime_ns:
            yield Dropped(path, reason.parent.name, found)


def _stat_of_file(path: Path) -> os.stat_result | None:
    """Return the state of a file; None where there is none, or it is a link, folder or pipe."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        kept = [e for e in entries if not e.name.startswith(".") and not _unfinished(e.name)]
    return sorted(kept, key=lambda entry: os.fsencode(entry.name))


def _unfinished(name: str) -> bool:
    return name.lower().endswith(UNFINISHED)


def shown(name: str) -> str:
    r"""Return a name with bytes that are not UTF-8, and control characters, as `\x..`."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def free_name(folder: Path, name: str, beside: str) -> str:
    """Return a name for a file that is free in `folder`, and so is the name of what goes beside it.

    `orders.csv` becomes `orders.2.csv` and so on; a name too long for what goes beside it is cut.
    A name that is what goes beside another file is never given as it is.
    """
    stem, dot, ending = name.partition(".")
    if len(os.fsencode(name)) > _LONGEST_NAME:
        ending = ending[-40:]
        room = _LONGEST_NAME - len(os.fsencode(dot + ending))
        stem = os.fsencode(stem)[:room].decode("utf-8", "ignore")
    number = 1
    while True:
        numbered = stem if number == 1 else f"{stem}.{number}"
        candidate = f"{numbered}{dot}{ending}"
        taken = any(os.path.lexists(folder / n) for n in (candidate, candidate + beside))
        if not taken and not (candidate.endswith(beside) and number == 1):
            return candidate
        number += 1


def move(path: Path, folder: Path, name: str) -> Path:
    """Move an entry of the inbox to a name that is free there, and return where it is now.

    A stream's folder may be a disk of its own: then the entry is copied whole, and removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    move_file(path, target)
    return target
