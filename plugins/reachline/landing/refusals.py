"""Files that people dropped and that could not be read: that they came is part of landing.

A refused file has no rows, and so no batch. Its manifest, of kind `refused`, says which file it was
and why, so that a night, its release and a rebuild know of it. It is open until a file of its name
lands in its folder, or somebody dismisses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from reachline.landing.batches import commit_note
from reachline.landing.manifests import FileOrigin, LandingError, Manifest, all_manifests

UNKNOWN = "unknown"
"""The stream of a file whose folder is of no stream, or of a tool with several exports."""


def refuse_file(
    root: Path,
    *,
    source: str,
    stream: str,
    logical_date: date,
    run_id: str,
    file: FileOrigin,
    reason: str,
) -> Manifest:
    """Write down that a file was refused, and return its manifest.

    A file that was refused before in the same state, for the same reason, is not written down
    again. LandingError when the disk is full.
    """
    for known in open_refusals(root):
        before = known.file
        same = (known.source, known.stream, known.reason) == (source, stream, reason)
        if same and before is not None and _state(before) == _state(file):
            return known
    return commit_note(
        root,
        "refused",
        source=source,
        stream=stream,
        logical_date=logical_date.isoformat(),
        run_id=run_id,
        file=file,
        reason=reason,
    )


def dismiss_file(root: Path, name: str, reason: str, run_id: str = "") -> list[Manifest]:
    """Let a refused file be one that nobody waits for; returns what says so, one a refusal.

    `name` is the file's, as it was dropped, with its folder or without. LandingError where the
    reason is empty or no refusal of that name is open.
    """
    if not reason.strip():
        raise LandingError(f"{name}: say why nobody waits for it: --reason TEXT")
    found = [m for m in open_refusals(root) if name in (shown(m), m.file.name if m.file else "")]
    if not found:
        waiting = ", ".join(shown(m) for m in open_refusals(root)) or "none is open"
        raise LandingError(f"{name}: no refused file of that name is open; there are: {waiting}.")
    return [
        commit_note(
            root,
            "dismissed",
            source=m.source,
            stream=m.stream,
            logical_date=m.logical_date,
            run_id=run_id,
            file=m.file,
            reason=reason.strip(),
        )
        for m in found
    ]


def open_refusals(root: Path, until: date | None = None) -> list[Manifest]:
    """Return the refusals that are open, oldest first, by what landed for nights up to `until`.

    A file that was refused more than once is there once, with the last reason.
    """
    return _open(
        m
        for m in all_manifests(root)
        if until is None or not m.logical_date or date.fromisoformat(m.logical_date) <= until
    )


def _open(found: Iterable[Manifest]) -> list[Manifest]:
    refused: dict[tuple[str, str], Manifest] = {}
    for manifest in found:
        if manifest.file is None:
            continue
        # of a tool nobody knows by its folder which export a file is
        key = (manifest.folder, manifest.file.name)
        if manifest.kind == "refused":
            refused.pop(key, None)
            refused[key] = manifest
        elif manifest.kind in ("batch", "dismissed"):
            refused.pop(key, None)
    return list(refused.values())


def shown(refusal: Manifest) -> str:
    """Return a refused file as people know it: folder and name."""
    name = refusal.file.name if refusal.file else ""
    return name if "/" in name else f"{refusal.folder}/{name}"


def refused_at(refusal: Manifest) -> datetime:
    """Return when a file was refused, in UTC."""
    return datetime.fromisoformat(refusal.landed_at).astimezone(UTC)


def _state(file: FileOrigin) -> tuple[str, int, int]:
    return (file.name, file.bytes, file.mtime_ns)
