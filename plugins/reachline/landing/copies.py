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
from pathlib import Path

from reachline.landing.manifests import Manifest

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


def copies(root: Path) -> Iterator[Path]:
    """Yield the copies of manifests, where they belong and among the orphans."""
    for top in (root, root / ORPHANS):
        yield from sorted(
            path
            for path in top.glob("[!_.]*/*/date=*/*.json")
            if _COPY.fullmatch(path.name[path.name.find(".") :])
        )


def highest_given(root: Path) -> int:
    """Return the highest landing sequence that a manifest was ever given; 0: none was.

    Where the file that says so is not there or was cut short, the names of the copies say it.
    """
    told = _remembered(root)
    if told is None:
        return max((int(path.name.split(".")[-2]) for path in copies(root)), default=0)
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
