"""Packs: files of batches, many in one file, each as it lay at a place of its own.

    landing/_packs/<source>/<stream>/<month>-<number>.zip

A pack is a zip archive whose members are not compressed (parquet is), and named as the files were:
`unzip` in the landing folder puts them back. Manifests do not tell of packs: a file is at the place
that its manifest names, or else in a pack of its month. A member's bytes are those that landed, so
that its hash, rows and lines are what they were.

DuckDB opens files by name; so what is read of a pack is unpacked first, for its reader alone
(`Unpacked`).
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import struct
import tempfile
import weakref
import zipfile
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from reachline.landing.disk import FULL, DiskFullError, Identity, identity_of
from reachline.landing.manifests import LandingError

PACKS = "_packs"
UNPACKED = "_unpacked"
_READ_AT_ONCE = 16
"""So many packs' directories a process keeps in memory."""
_LENGTHS = 26
"""Where in the header of a member the lengths of its name and of what follows that stand."""

_Members = Mapping[str, tuple[int, int]]
_MEMBERS: OrderedDict[Identity, _Members] = OrderedDict()


@dataclass(frozen=True)
class Pack:
    """A pack that is open: its members by name, as offset of the header and length."""

    file: BinaryIO
    members: _Members

    def read(self, name: str) -> bytes:
        """Return what a member holds, unchecked; KeyError where it has none of that name."""
        offset, size = self.members[name]
        self.file.seek(offset + _LENGTHS)
        lengths = self.file.read(4)
        if len(lengths) == 4:
            self.file.seek(sum(struct.unpack("<HH", lengths)), os.SEEK_CUR)
        return self.file.read(size)


@contextmanager
def opened(path: Path) -> Iterator[Pack]:
    """Open a pack; OSError where it can't be read, or is none any more."""
    with path.open("rb") as file:
        identity = identity_of(os.fstat(file.fileno()))
        members = _MEMBERS.get(identity)
        if members is None:
            members = _MEMBERS[identity] = _members(path, file)
            while len(_MEMBERS) > _READ_AT_ONCE:
                _MEMBERS.popitem(last=False)
        yield Pack(file, members)


def _members(path: Path, file: BinaryIO) -> _Members:
    try:
        with zipfile.ZipFile(file) as archive:
            found = archive.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
        raise OSError(errno.EIO, f"{path} is no pack any more ({error})") from error
    if any(each.compress_type != zipfile.ZIP_STORED for each in found):
        raise OSError(errno.EIO, f"{path} is no pack: what it holds is compressed")
    return {each.filename: (each.header_offset, each.file_size) for each in found}


def month_of(name: str) -> tuple[str, str]:
    """Return the folder and the month of the packs in which a file of landing may be.

    `name` is relative to the landing folder. ("", "") for what is no file of a batch.
    """
    match name.split("/"):
        case [source, stream, day, _] if day.startswith("date="):
            return f"{PACKS}/{source}/{stream}", day.removeprefix("date=")[: len("2026-03")]
    return "", ""


def packs_of(root: Path, folder: str, month: str) -> list[Path]:
    """Return the packs of a month, in the order of their numbers."""
    if not month:
        return []
    try:
        names = os.listdir(f"{root}/{folder}")
    except (FileNotFoundError, NotADirectoryError):
        return []
    numbers = (name[len(month) + 1 : -len(".zip")] for name in names if _is_of(name, month))
    return [Path(f"{root}/{folder}/{month}-{number}.zip") for number in sorted(map(int, numbers))]


def _is_of(name: str, month: str) -> bool:
    number = name.removeprefix(f"{month}-").removesuffix(".zip")
    return name == f"{month}-{number}.zip" and number.isdecimal()


def all_packs(root: Path) -> list[Path]:
    """Return every pack of a landing folder."""
    return sorted((root / PACKS).glob("[!.]*/[!.]*/[!.]*.zip"))


def packed_names(root: Path) -> set[str]:
    """Return the names of all files that are in packs, as far as they can be read."""
    found: set[str] = set()
    for path in all_packs(root):
        with suppress(OSError), opened(path) as pack:
            found |= pack.members.keys()
    return found


def pack_with(root: Path, name: str) -> Path | None:
    """Return the pack that holds a file; None where none does, as far as they can be read."""
    for path in packs_of(root, *month_of(name)):
        with suppress(OSError), opened(path) as pack:
            if name in pack.members:
                return path
    return None


def read_packed(root: Path, name: str) -> bytes:
    """Return what a file in a pack holds, unchecked.

    OSError where the pack can't be read, and FileNotFoundError where it is in none.
    """
    fault: OSError = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), f"{root}/{name}")
    for path in packs_of(root, *month_of(name)):
        try:
            with opened(path) as pack:
                if name in pack.members:
                    return pack.read(name)
        except OSError as error:
            fault = error
    raise fault


def said_of(root: Path, name: str) -> str:
    """Return where a file of a batch is, or would be, to be told to people."""
    pack = None if (root / name).is_file() else pack_with(root, name)
    return str(root / name) if pack is None else f"{root / name}, in {pack}"


def is_there(root: Path, name: str) -> bool:
    """Whether a file of a batch is there, at its own place or in a pack."""
    return (root / name).is_file() or pack_with(root, name) is not None


class Unpacked:
    """The files of packs that one reader has unpacked, by name.

    They lie in a folder of its own, which it holds a lock of, and go with it; what a killed reader
    leaves, `clear_unpacked` removes.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None
        self._paths: dict[str, Path] = {}
        self._end: weakref.finalize[..., Unpacked] | None = None

    def get(self, name: str) -> Path | None:
        """Return where a file was unpacked to."""
        return self._paths.get(name)

    def write(self, name: str, data: bytes) -> Path:
        """Write what a pack holds of a file, and return where. Raises LandingError."""
        try:
            if self._folder is None:
                self._folder, lock = _own_folder(self._root)
                self._end = weakref.finalize(self, _end, self._folder, lock, os.getpid())
            path = self._folder / PurePosixPath(name).name
            path.write_bytes(data)
        except OSError as error:
            kind = DiskFullError if error.errno in FULL else LandingError
            raise kind(
                f"{error.filename or self._root}: {error.strerror}. What is in a pack is unpacked "
                "to be read: free some space, and run again."
            ) from error
        self._paths[name] = path
        return path

    def drop(self, names: Iterable[str]) -> None:
        """Remove what was unpacked of these files."""
        for name in names:
            self._paths.pop(name).unlink(missing_ok=True)

    @property
    def names(self) -> set[str]:
        """The files that are unpacked."""
        return set(self._paths)

    def close(self) -> None:
        """Remove all that was unpacked."""
        self._paths.clear()
        self._folder = None
        if self._end is not None:
            self._end()


def _own_folder(root: Path) -> tuple[Path, int]:
    """Make a folder that nobody clears away while its lock is held; return both."""
    while True:
        (root / UNPACKED).mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=root / UNPACKED))
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(lock, fcntl.LOCK_SH)
            if folder.is_dir():
                return folder, lock
            os.close(lock)


def _end(folder: Path, lock: int, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clear_unpacked(root: Path) -> list[Path]:
    """Remove what readers that are gone left unpacked; return the folders."""
    removed = []
    for folder in sorted((root / UNPACKED).glob("*")):
        with suppress(FileNotFoundError, NotADirectoryError):
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
                removed.append(folder)
            except BlockingIOError:
                pass
            finally:
                os.close(lock)
    return removed
