"""Releases: whole folders that appear by one rename, and `current`, swapped by another.

    published/releases/<release_id>/   warehouse.duckdb, tables/, reports/, reachline.xlsx, report/,
                                       release.json
    published/current                  relative link to one of them

A folder whose name starts with `.` is being written, or was when its run was killed; nobody reads
it, and the next release sweeps it away. A release that is not whole any more stops no night: it
counts as not there, and `reachline release ls` says what is wrong with it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from reachline.errors import ReachlineError
from reachline.publish.files import make_read_only, sync_folder, write_synced

RELEASES, CURRENT, ABOUT = "releases", "current", "release.json"
DATABASE, TABLES, REPORTS = "warehouse.duckdb", "tables", "reports"
WORKBOOK, REPORT = "reachline.xlsx", "report"
CANDIDATE = "candidate.json"
"""Stands in a release until it has its name."""

_LAST = ".last_sequence"
"""The highest number that a release was ever given: of one that was deleted none is given again."""

_NEEDED = ("files", "gates", "published_at", "rows")

_NAME = re.compile(r"^(\d{4}-\d{2}-\d{2})-(\d{4,})$")

log = logging.getLogger("reachline.publish")


class ReleaseError(ReachlineError):
    """A release that was asked for is not there or not whole; the text says what to do."""


@dataclass(frozen=True)
class Release:
    """One published release.

    `sequence` counts releases in the order they were made; `promoted` says whether `current` was
    moved to it when it was made. `about` is all of its release.json.
    """

    release_id: str
    sequence: int
    logical_date: date
    promoted: bool
    path: Path
    about: Mapping[str, Any]


def releases(published: Path) -> list[Release]:
    """Return the releases that are there and whole, oldest first."""
    return sorted(
        (found for found in _read_all(published) if isinstance(found, Release)),
        key=lambda release: release.sequence,
    )


def broken_releases(published: Path) -> list[str]:
    """Return of each release that is not whole what is wrong with it, and what to do."""
    return sorted(str(found) for found in _read_all(published) if isinstance(found, ReleaseError))


def _read_all(published: Path) -> Iterator[Release | ReleaseError]:
    folder = published / RELEASES
    for path in folder.iterdir() if folder.is_dir() else ():
        if _NAME.match(path.name):
            try:
                yield read_release(path)
            except ReleaseError as error:
                yield error


def current_release(published: Path) -> Release | None:
    """Return the release that `current` points at; None before the first.

    None also where it points at no whole release: `current_fault` says so.
    """
    found = _read_current(published)
    return found if isinstance(found, Release) else None


def current_fault(published: Path) -> str | None:
    """Return what is wrong with `current` and what to do; None where nothing is."""
    found = _read_current(published)
    return str(found) if isinstance(found, ReleaseError) else None


def _read_current(published: Path) -> Release | ReleaseError | None:
    link = published / CURRENT
    if not link.is_symlink():
        return _no_link(link) if link.exists() else None
    try:
        return read_release(published / RELEASES / Path(os.readlink(link)).name)
    except ReleaseError as error:
        return ReleaseError(
            f"{link} can't be read. {error} The next night that is published moves it on; until "
            "then `reachline release rollback RELEASE` points it at a whole one."
        )


def _no_link(link: Path) -> ReleaseError:
    return ReleaseError(
        f"{link} is no link to a release: a copy that follows links has made a folder of it. "
        "Remove it, and `reachline release rollback RELEASE` makes it anew."
    )


def require_a_link(published: Path) -> None:
    """Raise ReleaseError where `current` is something that a night could not move."""
    link = published / CURRENT
    if link.exists() and not link.is_symlink():
        raise _no_link(link)


def find_release(published: Path, release_id: str) -> Release:
    """Return the release of that id; `current` names the one being served."""
    if release_id == CURRENT:
        return _needed_current(published)
    for release in releases(published):
        if release.release_id == release_id:
            return release
    raise ReleaseError(
        f"{release_id}: no such release in {published / RELEASES}. `reachline release ls` lists "
        "them."
    )


def _needed_current(published: Path) -> Release:
    found = _read_current(published)
    if isinstance(found, Release):
        return found
    raise found or ReleaseError(f"{published}: nothing has been published yet.")


def next_release_id(published: Path, logical_date: date) -> str:
    """Return the id of the next release: its night, and a number that no release ever had."""
    return f"{logical_date.isoformat()}-{_highest_given(published) + 1:04d}"


def _highest_given(published: Path) -> int:
    folder, link = published / RELEASES, published / CURRENT
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if link.is_symlink():
        names.append(Path(os.readlink(link)).name)
    taken = [int(match[2]) for name in names if (match := _NAME.match(name))]
    # where it is not there or empty, the names say it, but for what was deleted
    with contextlib.suppress(FileNotFoundError, ValueError):
        taken.append(int((folder / _LAST).read_text(encoding="ascii")))
    return max(taken, default=0)


def numbers_given(published: Path, sequence: int) -> None:
    """Give no number up to this one again: other hosts gave them."""
    folder = published / RELEASES
    if sequence > _highest_given(published):
        folder.mkdir(parents=True, exist_ok=True)
        _remember_number(folder, sequence)


def open_partial(published: Path, release_id: str) -> Path:
    """Return a new empty folder to build a release in; sweeps what killed runs have left."""
    folder = published / RELEASES
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.glob(".*.partial"):
        shutil.rmtree(leftover)
    for leftover in published.glob(f".{CURRENT}.*"):
        leftover.unlink()
    partial = folder / f".{release_id}.partial"
    (partial / TABLES).mkdir(parents=True)
    (partial / REPORTS).mkdir()
    return partial


def seal(partial: Path, about: Mapping[str, Any]) -> Release:
    """Write release.json, make every file read-only, sync, and give the folder its name.

    All files but release.json are already synced by whoever wrote them.
    """
    beside = partial / f"{ABOUT}.part"
    beside.unlink(missing_ok=True)
    write_synced(beside, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
    beside.replace(partial / ABOUT)
    make_read_only(partial)
    for folder in sorted(path for path in partial.rglob("*") if path.is_dir()):
        sync_folder(folder)
    sync_folder(partial)
    target = partial.parent / str(about["release_id"])
    highest = _highest_given(partial.parent.parent)
    partial.rename(target)
    release = read_release(target)
    _remember_number(partial.parent, max(highest, release.sequence))
    # last: without it a run that was killed before the rename could not go on
    (target / CANDIDATE).unlink()
    sync_folder(target)
    sync_folder(target.parent)
    return release


def _remember_number(folder: Path, sequence: int) -> None:
    beside = folder / f"{_LAST}.part"
    beside.write_text(f"{sequence}\n", encoding="ascii")
    beside.replace(folder / _LAST)


def sealed_before(published: Path, logical_date: date) -> Release | None:
    """Return the release that a killed run had named, whatever else it had still to do.

    That is the newest of all, if it is of this night and no candidate is waiting; else None.
    """
    made = releases(published)
    waiting = any((published / RELEASES).glob(f".{logical_date}-*.partial"))
    if not made or waiting or made[-1].logical_date != logical_date:
        return None
    (made[-1].path / CANDIDATE).unlink(missing_ok=True)
    return made[-1]


def release_before(published: Path, logical_date: date) -> Release | None:
    """Return the newest release of an earlier night that was made to be current; None without."""
    earlier = [r for r in releases(published) if r.promoted and r.logical_date < logical_date]
    return max(earlier, key=lambda release: (release.logical_date, release.sequence), default=None)


def promote(published: Path, release: Release) -> None:
    """Point `current` at a release, in one step: a reader sees the old one or the new one.

    The link is relative, so that the published folder can be moved or mounted elsewhere. Raises
    ReleaseError where `current` is no link.
    """
    require_a_link(published)
    beside = published / f".{CURRENT}.{os.getpid()}"
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path(RELEASES) / release.release_id)
    os.replace(beside, published / CURRENT)
    sync_folder(published)


def rollback(published: Path, release_id: str | None = None) -> Release:
    """Point `current` at `release_id`, else at the one that was current before; return it.

    Raises ReleaseError when there is none to go back to.
    """
    if release_id is not None:
        target = find_release(published, release_id)
    else:
        current = _needed_current(published)
        before = _before_current(published, current)
        if before is None:
            raise ReleaseError(
                f"{current.release_id} is the oldest release that was ever current and is still "
                "kept. `reachline release ls` lists the others; name one of them."
            )
        target = before
    promote(published, target)
    return target


def prunable(published: Path, keep: int) -> list[Release]:
    """Return the releases that are older than the newest `keep`, oldest first.

    Never the current one; nor, where more than one is kept, the one that a rollback goes back to:
    a backfill makes many that were never current.
    """
    current = current_release(published)
    needed = {current.release_id} if current is not None else set()
    if current is not None and keep > 1:
        before = _before_current(published, current)
        needed |= {before.release_id} if before is not None else set()
    return [r for r in releases(published)[: -keep or None] if r.release_id not in needed]


def prune(published: Path, keep: int) -> list[str]:
    """Remove all but the newest `keep` releases and what `prunable` spares; return what went."""
    removed = []
    for release in prunable(published, keep):
        # renamed first: a release that is half removed must not be listed
        gone = release.path.with_name(f".{release.release_id}.partial")
        release.path.rename(gone)
        shutil.rmtree(gone)
        removed.append(release.release_id)
    return removed


def _before_current(published: Path, current: Release) -> Release | None:
    """Return the release that was current before; None where none is kept."""
    older = [r for r in releases(published) if r.promoted and r.sequence < current.sequence]
    return older[-1] if older else None


def read_release(path: Path) -> Release:
    """Return the release in a folder, which has its name; ReleaseError where it is not whole."""
    match = _NAME.match(path.name)
    if match is None:
        raise ReleaseError(f"{path}: not the name of a release.")
    try:
        about = json.loads((path / ABOUT).read_text(encoding="utf-8"))
        lacking = [name for name in _NEEDED if name not in about]
        if lacking:
            raise ValueError(f"{ABOUT} does not say its {' and '.join(lacking)}")
        (path / DATABASE).stat()
    except (OSError, ValueError, TypeError) as error:
        raise ReleaseError(
            f"{path}: not a whole release ({error}). Remove the folder, or put a copy of it back; "
            "no night needs it."
        ) from error
    return Release(
        release_id=path.name,
        sequence=int(match[2]),
        logical_date=date.fromisoformat(match[1]),
        promoted=bool(about.get("promoted")),
        path=path,
        about=about,
    )
