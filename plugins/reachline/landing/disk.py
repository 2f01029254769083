"""Files of the landing zone: hashed, synced and moved, with errors that say what to do."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from reachline.landing.manifests import LandingError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What an operating system says where a file does not fit."""

Identity = tuple[int, int, int, int, int]


class DiskFullError(LandingError):
    """A batch, or what is needed to make it, does not fit on the disk."""


@dataclass(frozen=True)
class Hashed:
    """The SHA-256 of a file, in hex, and what tells that very content of it from any later one."""

    sha256: str
    identity: Identity

    @property
    def bytes(self) -> int:
        """How long it is."""
        return self.identity[2]


def identity_of(found: os.stat_result) -> Identity:
    """Return device, inode, size, and times of last change: of content, and of all that is kept."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def hash_file(path: Path) -> Hashed:
    """Read a file whole; OSError where it can't be read."""
    with path.open("rb") as reader:
        identity = identity_of(os.fstat(reader.fileno()))
        return Hashed(hashlib.file_digest(reader, "sha256").hexdigest(), identity)


@contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Turn an operating-system error inside into a LandingError that says what to do."""
    try:
        yield
    except OSError as error:
        what = f"{error.filename or where}: {error.strerror}."
        if error.errno in FULL:
            raise DiskFullError(
                f"{what} The disk is full: free some space and run again. Nothing of this batch "
                "was kept."
            ) from error
        raise LandingError(f"{what} Nothing of this batch was kept.") from error


def synced(path: Path) -> tuple[int, str | None]:
    """Sync a file to disk, and return its size and SHA-256; (0, None) if it does not exist."""
    if not path.exists():
        return 0, None
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
    found = hash_file(path)
    return found.bytes, found.sha256


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path, root: Path) -> None:
    """Make a folder and its missing parents; from `root` down each is synced into its parent."""
    missing = []
    walk = folder
    while not walk.is_dir():
        missing.append(walk)
        walk = walk.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        if path != root and root not in path.parents:
            continue
        sync_folder(path.parent)


def move_file(path: Path, target: Path) -> None:
    """Rename a file; where the target is on another file system, copy it there whole, then go.

    A kill leaves the one or both. Raises OSError where it can't be moved; then it is where it was.
    """
    try:
        os.rename(path, target)
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    beside = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        shutil.copy2(path, beside, follow_symlinks=False)
        if not beside.is_symlink():
            with beside.open("rb") as copy:
                os.fsync(copy.fileno())
        os.rename(beside, target)
    except BaseException:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    try:
        path.unlink()
    except BaseException:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise
