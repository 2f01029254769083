"""The index: what the manifests say, in one file that a process reads instead of them all.

It is made of manifests and holds nothing else: it may be deleted at any time. A line is the
checksum of what follows, the number, size and time of a manifest's file, and its text without what
is as usual. The first line names the folder that it is of. Lines are only ever added; where one
can't be read, or the newest are not of the files that are there, the index is made anew.
"""

from __future__ import annotations

import fcntl
import logging
import os
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

INDEX = "_index"
WORTH = 100
"""Manifests that are not in the index are read one by one; so many are worth adding to it."""
_LAST = 64
"""So many of the newest lines are held against their files each time."""

log = logging.getLogger("reachline.landing")


class Entry(NamedTuple):
    """A manifest as the index has it: its number, size and time of its file, and its text."""

    sequence: int
    size: int
    mtime_ns: int
    text: bytes

    def is_of(self, found: os.stat_result) -> bool:
        """Return whether a file is the one that this was read from."""
        return (self.size, self.mtime_ns) == (found.st_size, found.st_mtime_ns)


def read_index(root: Path, folder: Path) -> list[Entry]:
    """Return what the index has of a folder's manifests, in order; nothing where it is no good."""
    try:
        with (root / INDEX).open("rb") as file:
            if file.readline() != _header(folder):
                return []
            entries = [_entry(line) for line in file]
        for entry in entries[-_LAST:]:
            if not entry.is_of((folder / f"{entry.sequence:012d}.json").stat()):
                return []
    except (OSError, ValueError):
        return []
    return entries


def add_to_index(root: Path, folder: Path, entries: Iterable[Entry], *, anew: bool) -> None:
    """Add entries to the index, or make it `anew` of them.

    A disk that does not take it is only noted: the manifests are there.
    """
    lines = b"".join(map(_line, entries))
    try:
        with _alone(root) as index:
            header = _header(folder)
            if anew or os.pread(index, len(header), 0) != header:
                beside = root / f"{INDEX}.tmp"
                beside.write_bytes(header + lines)
                os.replace(beside, root / INDEX)
            else:
                os.write(index, lines)
    except OSError as error:
        log.info("%s: %s; each manifest is read instead", root / INDEX, error.strerror)


def drop_index(root: Path) -> None:
    """Remove the index, since manifests are not what they were."""
    (root / INDEX).unlink(missing_ok=True)


@contextmanager
def _alone(root: Path) -> Iterator[int]:
    index = os.open(root / INDEX, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(index, fcntl.LOCK_EX)
        yield index
    finally:
        os.close(index)


def _header(folder: Path) -> bytes:
    found = folder.stat()
    return f"manifests of {found.st_dev}:{found.st_ino}, 1\n".encode()


def _line(entry: Entry) -> bytes:
    body = b"%d %d %d %b" % (entry.sequence, entry.size, entry.mtime_ns, entry.text)
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _entry(line: bytes) -> Entry:
    body = line[9:-1]
    if int(line[:8], 16) != zlib.crc32(body):
        raise ValueError("a line of the index was cut short or changed")
    sequence, size, mtime_ns, text = body.split(b" ", 3)
    return Entry(int(sequence), int(size), int(mtime_ns), text)
