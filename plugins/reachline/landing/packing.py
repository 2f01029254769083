"""Writing packs: beside, synced, read again and renamed; only then the single files go.

A kill leaves the single files, the pack, or both, and each of them is whole; where there are both,
the single file is read. What is to be gone is taken out of a pack by writing it anew without it.
"""

from __future__ import annotations

import calendar
import fcntl
import hashlib
import logging
import os
import uuid
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from reachline.landing.commit import FILES_LOCK, landing_lock, locked
from reachline.landing.copies import copy_path, free_orphan
from reachline.landing.disk import disk_errors, make_folder, sync_folder
from reachline.landing.manifests import (
    LandingError,
    Manifest,
    all_manifests,
    batches_among,
    parse_manifest,
)
from reachline.landing.packs import PACKS, month_of, opened, pack_with, packs_of, read_packed

PACKS_LOCK = ".packs.lock"
PACK_BYTES = 64 * 1024 * 1024
"""A pack does not grow beyond this: what is taken out of it has it written anew."""
_MODE = 0o640 << 16

log = logging.getLogger("reachline.landing")


@dataclass
class Packed:
    """What `pack` did, or would do: files that went into packs, their bytes, and the packs.

    `names` are relative to the landing folder; `left` are files that are not what their manifest
    says, and stay where they are.
    """

    names: list[str] = field(default_factory=list)
    bytes: int = 0
    packs: list[Path] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def pack(root: Path, *, ended_before: date, below: int, is_dry: bool = False) -> Packed:
    """Put the small files of months that ended before a date into packs, by source and stream.

    Packed are data, refused rows and copies of manifests that are shorter than `below` bytes and
    sound; what was decided about lines is read each night, and stays. Nobody may read them by their
    own places meanwhile, but in `reading_files`. With `is_dry` nothing is written, nor hashed. A
    kill leaves what is whole; the next call does the rest. Raises LandingError where the disk is
    full or can't be written.
    """
    done = Packed()
    wanted = _Wanted(root)
    for folder, days in _months(root, ended_before):
        with disk_errors(root):
            if is_dry:
                found = wanted.files(days, below)
                done.names += found
                done.bytes += sum(found.values())
                continue
            with landing_lock(root), locked(root, PACKS_LOCK, fcntl.LOCK_EX):
                # under the lock: what was deleted or rewritten until now is not among them
                found = wanted.files(days, below)
                names = _into_packs(root, folder, found, wanted, done)
            with locked(root, FILES_LOCK, fcntl.LOCK_EX):
                for name in names:
                    (root / name).unlink(missing_ok=True)
                for day in days:
                    sync_folder(day)
            with landing_lock(root):
                for day in days:
                    with suppress(OSError):  # something else lies there
                        day.rmdir()
            done.names += names
            done.bytes += sum(found[name] for name in names)
    return done


def take_out(root: Path, names: Iterable[str]) -> list[str]:
    """Write the packs that hold these files anew without them; return those that were in one.

    Of a pack that can't be read it is warned: it may hold them still.
    """
    return _change(root, dict.fromkeys(names))


def clear_half_written(root: Path) -> list[Path]:
    """Remove the packs that killed runs left half written; return them."""
    if not (root / PACKS).is_dir():
        return []
    # whoever writes one holds the lock: what is there now nobody goes on with
    with locked(root, PACKS_LOCK, fcntl.LOCK_EX):
        found = sorted((root / PACKS).rglob(".*.zip.tmp"))
        for path in found:
            path.unlink()
    return found


def put_anew(root: Path, name: str, data: bytes) -> bool:
    """Write other bytes in the place of a file in a pack; return whether it is in one."""
    return bool(_change(root, {name: data}))


def _change(root: Path, changes: Mapping[str, bytes | None]) -> list[str]:
    months = {month_of(name) for name in changes}
    changed: list[str] = []
    if not any(packs_of(root, *month) for month in months):
        return changed
    with disk_errors(root), locked(root, PACKS_LOCK, fcntl.LOCK_EX):
        for path in [path for month in sorted(months) for path in packs_of(root, *month)]:
            try:
                with opened(path) as held:
                    theirs = held.members.keys() & changes.keys()
            except OSError as error:
                log.warning(
                    "%s. What is to go may still be in it: restore it from a backup, and it goes "
                    "with the next night; or remove it.",
                    error.strerror or error,
                )
                continue
            if theirs:
                new = [
                    (name, data) for name in sorted(theirs) if (data := changes[name]) is not None
                ]
                _write(path, without=theirs, new=new)
                changed += theirs
    return changed


def _months(root: Path, ended_before: date) -> Iterator[tuple[str, list[Path]]]:
    """Yield source and stream, and the folders of the days of a month, where it ended before."""
    found: dict[tuple[str, str], list[Path]] = {}
    for day in sorted(root.glob("[!_.]*/*/date=*")):
        try:
            at = date.fromisoformat(day.name.removeprefix("date="))
        except ValueError:
            continue
        if at.replace(day=calendar.monthrange(at.year, at.month)[1]) < ended_before:
            stream = day.parent.relative_to(root).as_posix()
            found.setdefault((stream, day.name[: len("date=2026-03")]), []).append(day)
    for (stream, _), days in found.items():
        yield stream, days


class _Wanted:
    """What may be packed, by name: the hash of a file, or the manifest that it is a copy of."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[str, str | Manifest] = {}
        self._count = -1

    def files(self, days: Sequence[Path], below: int) -> dict[str, int]:
        """Return those that lie in the folders of some days, with their bytes."""
        self._look()
        names = {}
        for day in days:
            for entry in sorted(os.scandir(day), key=lambda entry: entry.name):
                name = Path(entry.path).relative_to(self._root).as_posix()
                if name in self._found and entry.is_file(follow_symlinks=False):
                    size = entry.stat(follow_symlinks=False).st_size
                    if size < below:
                        names[name] = size
        return names

    def _look(self) -> None:
        found = all_manifests(self._root)
        if len(found) == self._count:
            return
        self._count = len(found)
        self._found = {
            name: sha256
            for m in batches_among(found)
            for name, sha256 in ((m.path, m.sha256), (m.rejects_path, m.rejects_sha256))
            if name is not None and sha256 is not None
        } | {place: m for m in found if (place := copy_path(m)) is not None}

    def is_sound(self, name: str, data: bytes) -> bool:
        """Whether these bytes are what the manifest says of a file."""
        wanted = self._found[name]
        if isinstance(wanted, str):
            return hashlib.sha256(data).hexdigest() == wanted
        try:
            return parse_manifest(data.decode(), self._root / name) == wanted
        except (LandingError, UnicodeDecodeError):
            return False


def _into_packs(
    root: Path, stream: str, found: Mapping[str, int], wanted: _Wanted, done: Packed
) -> list[str]:
    """Write the packs of a month, and return the files that are in one now. Locks are held."""
    new = []
    packed = []
    for name in found:
        try:
            before = read_packed(root, name)
        except OSError:
            new.append(name)
            continue
        if wanted.is_sound(name, before):
            packed.append(name)
        elif wanted.is_sound(name, (root / name).read_bytes()):
            # put back from a backup, and damaged in the pack
            free_orphan(root, Path(name)).write_bytes(before)
            _write(Path(str(pack_with(root, name))), without={name})
            new.append(name)
        else:
            done.left.append(name)
    while new:
        target = _room(root, new[0], found[new[0]])
        room = PACK_BYTES - (target.stat().st_size if target.exists() else 0)
        some: list[str] = []
        while new and (not some or found[new[0]] <= room):
            room -= found[new[0]]
            some.append(new.pop(0))
        written = _write_sound(root, target, some, wanted, done)
        if written:
            done.packs.append(target)
        packed += written
    return packed


def _room(root: Path, name: str, size: int) -> Path:
    """Return the pack that a file goes into: the last of its month, or the next one."""
    folder, month = month_of(name)
    there = packs_of(root, folder, month)
    if there:
        with suppress(OSError), opened(there[-1]):
            if there[-1].stat().st_size + size <= PACK_BYTES:
                return there[-1]
    last = int(there[-1].stem.removeprefix(f"{month}-")) if there else 0
    return root / folder / f"{month}-{last + 1}.zip"


def _write_sound(
    root: Path, target: Path, names: Sequence[str], wanted: _Wanted, done: Packed
) -> list[str]:
    """Add files to a pack, and return which: those that are what their manifests say."""
    sound = {}
    for name in names:
        data = (root / name).read_bytes()
        if wanted.is_sound(name, data):
            sound[name] = data
        else:
            done.left.append(name)
    if sound:
        make_folder(target.parent, root)
        _write(target, new=sound.items())
    return list(sound)


def _write(
    target: Path, *, without: Collection[str] = (), new: Iterable[tuple[str, bytes]] = ()
) -> None:
    """Write a pack anew, or a new one: beside, read again, then in its place; none if it is empty.

    Raises LandingError where what is read again is something else: then it is as it was.
    """
    beside = target.with_name(f".{uuid.uuid4().hex}.zip.tmp")
    hashes: dict[str, bytes] = {}
    try:
        with beside.open("xb") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
                for name, data in _parts(target, without, new):
                    hashes[name] = hashlib.sha256(data).digest()
                    info = zipfile.ZipInfo(name)
                    info.external_attr = _MODE
                    archive.writestr(info, data)
            out.flush()
            os.fsync(out.fileno())
        if not hashes:
            target.unlink(missing_ok=True)
        else:
            _read_again(beside, target, hashes)
            os.rename(beside, target)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(target.parent)


def _parts(
    target: Path, without: Collection[str], new: Iterable[tuple[str, bytes]]
) -> Iterator[tuple[str, bytes]]:
    if target.exists():
        with opened(target) as before:
            for name in before.members:
                if name not in without:
                    yield name, before.read(name)
    yield from new


def _read_again(beside: Path, target: Path, hashes: Mapping[str, bytes]) -> None:
    with opened(beside) as written:
        same = written.members.keys() == hashes.keys() and all(
            hashlib.sha256(written.read(name)).digest() == digest for name, digest in hashes.items()
        )
    if not same:
        raise LandingError(
            f"{target}: what was written is not what is read again. Look at the disk; nothing was "
            "packed, and nothing removed."
        )
