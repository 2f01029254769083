"""What is kept a second time: a copy of each manifest beside its data, and the last number given.

Nothing reads them while all is well. They are there for the day on which a manifest is not: the
copy says what it said (`repair`), and no other batch is given its number. What no manifest names is
never deleted: it moves to `landing/_orphans/`, below the path that it had.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from reachline.landing.manifests import Manifest
from reachline.landing.packs import all_packs, opened, read_packed

ORPHANS = "_orphans"
_LAST = "_last_sequence"
_COPY = re.compile(r"\.(\d+)\.json")

log = logging.getLogger("reachline.landing")


def copy_path(manifest: Manifest) -> str | None:
    """Return where the copy of a manifest stands, relative to the landing folder; None: nowhere."""
    if not manifest.source:
        return None
    folder = f"{manifest.source}/{manifest.stream}/date={manifest.logical_date}"
    return f"{folder}/{manifest.batch_id}.{manifest.sequence}.json"


def write_copy(root: Path, manifest: Manifest) -> None:
    """Write the copy of a manifest, where it has one; its folder must be there."""
    place = copy_path(manifest)
    if place is not None:
        # not synced: the manifest is, and a copy that a power cut cut short is known by its digest
        (root / place).write_text(manifest.to_json(), encoding="utf-8")


def copies(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the copies of manifests, where they belong, among the orphans and in packs.

    Of each a path that tells of it, and its text; what can't be read is left out, with a warning.
    """
    for path in _single(root):
        yield path, path.read_text(encoding="utf-8", errors="backslashreplace")
    for pack in all_packs(root):
        try:
            with opened(pack) as held:
                for name in filter(_is_copy, held.members):
                    yield root / name, held.read(name).decode("utf-8", "backslashreplace")
        except OSError as error:
            log.warning("%s. The copies of manifests in it are not read.", error.strerror or error)


def copy_text(root: Path, place: str) -> str | None:
    """Return the text of a copy, where it belongs or in a pack; None where there is none."""
    path = root / place
    try:
        found = path.read_bytes() if path.exists() else read_packed(root, place)
    except OSError:
        return None
    return found.decode("utf-8", "backslashreplace")


def _single(root: Path) -> Iterator[Path]:
    for top in (root, root / ORPHANS):
        yield from sorted(
            path for path in top.glob("[!_.]*/*/date=*/*.json") if _is_copy(path.name)
        )


def _names(root: Path) -> Iterator[str]:
    yield from (path.name for path in _single(root))
    for pack in all_packs(root):
        with suppress(OSError), opened(pack) as held:
            yield from filter(_is_copy, held.members)


def _is_copy(name: str) -> bool:
    file = PurePosixPath(name).name
    return bool(_COPY.fullmatch(file[file.find(".") :]))


def highest_given(root: Path) -> int:
    """Return the highest landing sequence that a manifest was ever given; 0: none was.

    Where the file that says so is not there or was cut short, the names of the copies say it.
    """
    told = _remembered(root)
    if told is None:
        return max((int(name.split(".")[-2]) for name in _names(root)), default=0)
    return told


def _remembered(root: Path) -> int | None:
    try:
        return int((root / _LAST).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return None


def remember_number(root: Path, sequence: int) -> None:
    """Keep a landing sequence as the highest that was given, unless a higher one is kept.

    A disk that does not take it is only warned of: the manifest of that number is there already.
    """
    try:
        told = _remembered(root)
        if told is not None and told >= sequence:
            return
        # always as long, and so written over in place: no reader meets an empty file
        handle = os.open(root / _LAST, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            os.write(handle, f"{sequence:012d}\n".encode())
        finally:
            os.close(handle)
    except OSError as error:
        log.warning("%s: %s; it does not say %d", root / _LAST, error.strerror, sequence)


def free_orphan(root: Path, relative: Path) -> Path:
    """Return where an orphan goes: a path that is free, in a folder that is there."""
    target = root / ORPHANS / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while os.path.lexists(target):
        number += 1
        target = target.with_name(f"{relative.name}.{number}")
    return target
