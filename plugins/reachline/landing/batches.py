"""Writing batches: beside, synced, then visible by one rename of the manifest.

What may happen at any instruction: the process is killed, the disk fills, another process lands
too. What holds all the same: a batch is there whole or not at all, no two have one sequence, and
no committed file is ever written again. A rewrite makes a new file, and removes the old one when
the new one is there. A retry and a drop add a file to a batch. Nothing else is deleted: what no
manifest names is put aside (`copies`).
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from reachline.landing.copies import (
    ORPHANS,
    copy_path,
    free_orphan,
    highest_given,
    remember_number,
    write_copy,
)
from reachline.landing.disk import (
    disk_errors,
    make_folder,
    move_file,
    sync_folder,
    synced,
)
from reachline.landing.manifests import (
    MANIFESTS,
    FileOrigin,
    LandingError,
    Manifest,
    State,
    all_manifests,
    deleted_batches,
    files_of,
    find_batch,
    held_batches,
    last_rewrites,
    manifest_path,
    manifests,
    taken,
)

if TYPE_CHECKING:
    from reachline.arrow import pa

STATES = "states"
"""The stream in whose folder the copy of a manifest of states lies."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
log = logging.getLogger("reachline.landing")

_STALE_SECONDS = 24 * 3600.0
_FILES_LOCK = ".files.lock"
"""Shared while files are read by the names of manifests, exclusive while replaced ones go."""


@dataclass(frozen=True)
class Draft:
    """A batch in the making: write `data` (parquet) and, if any row was refused, `rejects`.

    Neither can be seen by a reader before `commit_batch` has returned. A batch that carries only a
    status and a cursor leaves both unwritten.
    """

    root: Path
    source: str
    stream: str
    logical_date: date
    data: Path
    rejects: Path


@contextmanager
def draft_batch(root: Path, source: str, stream: str, logical_date: date) -> Iterator[Draft]:
    """Yield a Draft for `landing/<source>/<stream>/date=<D>/`; what is not committed is removed.

    `source` and `stream` are lower-case letters, digits and `_`; LandingError for anything else.
    """
    for field, value in (("source", source), ("stream", stream)):
        if not _NAME.fullmatch(value):
            raise LandingError(
                f"{field} {value!r} of a batch: lower-case letters, digits and _ only. Rename it."
            )
    folder = root / source / stream / f"date={logical_date.isoformat()}"
    token = uuid.uuid4().hex
    draft = Draft(
        root=root,
        source=source,
        stream=stream,
        logical_date=logical_date,
        data=folder / f".{token}.parquet.tmp",
        rejects=folder / f".{token}.rejects.parquet.tmp",
    )
    with disk_errors(folder):
        make_folder(folder, root)
    try:
        yield draft
    finally:
        draft.data.unlink(missing_ok=True)
        draft.rejects.unlink(missing_ok=True)


def commit_batch(
    draft: Draft,
    *,
    run_id: str,
    rows: int = 0,
    rejected: int = 0,
    columns: tuple[str, ...] = (),
    status: str = "ok",
    query: str = "",
    cursor: Any = None,
    reason: str = "",
    failures: int | None = None,
    file: FileOrigin | None = None,
    first_line: int | None = None,
    has_line: bool = False,
    typed: tuple[str, ...] = (),
    landed_at: datetime | None = None,
) -> Manifest:
    """Make the draft a batch, together with its cursor, and return its manifest.

    When this returns, the batch survives a power cut; when it raises, there is no batch, unless the
    error says that it is there: then all that failed was to sync the name of its manifest.
    `rows` and `rejected` count the rows of the two files. The batch_id is made of stream, date and
    content, so that the same input lands under the same ids everywhere; a content that comes back
    gets a number. Raises LandingError when the disk is full or a file can't be written.
    """
    root = draft.root
    with disk_errors(draft.data):
        data_size, data_sha = synced(draft.data)
        _, rejects_sha = synced(draft.rejects)
        with landing_lock(root):
            folder = draft.data.parent
            batch_id = _free_id(root, draft, file.sha256 if file else data_sha)
            manifest = Manifest(
                kind="batch",
                batch_id=batch_id,
                sequence=_next_sequence(root),
                source=draft.source,
                stream=draft.stream,
                query=query,
                run_id=run_id,
                logical_date=draft.logical_date.isoformat(),
                landed_at=_utc_text(landed_at),
                status=status,
                rows=rows,
                bytes=data_size,
                sha256=data_sha,
                rejected=rejected,
                rejects_sha256=rejects_sha,
                columns=columns,
                first_line=first_line,
                has_line=has_line,
                typed=typed,
                file=file,
                cursor=cursor,
                reason=reason,
                failures=failures,
            )
            if data_sha is not None:
                manifest = replace(manifest, path=_in_place(root, folder / f"{batch_id}.parquet"))
            if rejects_sha is not None:
                final = folder / f"{batch_id}.rejects.parquet"
                manifest = replace(manifest, rejects_path=_in_place(root, final))
            with _undone(root, manifest):
                for name, written in (
                    (manifest.path, draft.data),
                    (manifest.rejects_path, draft.rejects),
                ):
                    if name is not None:
                        os.rename(written, root / name)
                write_copy(root, manifest)
                sync_folder(folder)
                publish_manifest(root, manifest)
    return manifest


def hold_batch(root: Path, batch_id: str, reason: str, run_id: str = "") -> Manifest:
    """Take a batch out of what is read, from the next night on; returns the hold's manifest.

    LandingError when there is no such batch, it is held already, or the reason is empty.
    """
    if not reason.strip():
        raise LandingError(
            f"{batch_id}: a hold needs a reason, for whoever finds it: --reason TEXT"
        )
    return _mark(root, "hold", batch_id, reason.strip(), run_id)


def unhold_batch(root: Path, batch_id: str, reason: str = "", run_id: str = "") -> Manifest:
    """Let a held batch be read again; LandingError when it is not held."""
    return _mark(root, "unhold", batch_id, reason.strip(), run_id)


def delete_batch(root: Path, batch_id: str, reason: str, run_id: str = "") -> Manifest:
    """Remove the files of a batch for good, and return the manifest that says so.

    From the next night on its rows count nowhere. What the batch was stays known: its manifest,
    number and cursor. A kill leaves it whole, or deleted; `sweep` then removes what is left of its
    files, and does so where a backup brings them back. Raises LandingError where there is no such
    batch, it is deleted already, the reason is empty or the disk can't be written.
    """
    if not reason.strip():
        raise LandingError(
            f"{batch_id}: a deletion needs a reason, for whoever looks for it: --reason TEXT"
        )
    batch = find_batch(root, batch_id)
    if batch_id in deleted_batches(root):
        raise LandingError(f"{batch_id}: deleted already; nothing to do.")
    tombstone = commit_note(
        root,
        "deleted",
        batch_id=batch_id,
        source=batch.source,
        stream=batch.stream,
        logical_date=batch.logical_date,
        run_id=run_id,
        reason=reason.strip(),
    )
    with disk_errors(root), _locked(root, _FILES_LOCK, fcntl.LOCK_EX):
        for name in files_of(all_manifests(root), batch_id):
            (root / name).unlink(missing_ok=True)
        sync_folder(root / batch.source / batch.stream / f"date={batch.logical_date}")
    return tombstone


def commit_states(
    root: Path, source: str, states: Sequence[State], *, logical_date: date, run_id: str
) -> Manifest:
    """Write one manifest for all that a run read without finding anything, and return it.

    It is kept as that of a batch is. LandingError when the disk is full or can't be written.
    """
    content = hashlib.sha256(msgspec.json.encode(states)).hexdigest()
    with (
        draft_batch(root, source, STATES, logical_date) as draft,
        disk_errors(draft.data),
        landing_lock(root),
    ):
        manifest = Manifest(
            kind="states",
            batch_id=_free_id(root, draft, content),
            sequence=_next_sequence(root),
            source=source,
            stream=STATES,
            run_id=run_id,
            logical_date=logical_date.isoformat(),
            landed_at=_utc_text(None),
            states=tuple(states),
        )
        with _undone(root, manifest):
            write_copy(root, manifest)
            sync_folder(draft.data.parent)
            publish_manifest(root, manifest)
    return manifest


def commit_note(
    root: Path,
    kind: str,
    *,
    batch_id: str = "",
    source: str,
    stream: str,
    logical_date: str,
    reason: str,
    run_id: str = "",
    file: FileOrigin | None = None,
) -> Manifest:
    """Write a manifest that has no data, and return it; without `batch_id` with an id of its own.

    LandingError when the disk is full or can't be written.
    """
    with disk_errors(root / MANIFESTS), landing_lock(root):
        sequence = _next_sequence(root)
        manifest = Manifest(
            kind=kind,
            batch_id=batch_id or f"{kind}-{sequence}",
            sequence=sequence,
            source=source,
            stream=stream,
            run_id=run_id,
            logical_date=logical_date,
            landed_at=_utc_text(None),
            reason=reason,
            file=file,
        )
        make_folder(root / source / stream / f"date={logical_date}", root)
        with _undone(root, manifest):
            write_copy(root, manifest)
            publish_manifest(root, manifest)
    return manifest


def _mark(root: Path, kind: str, batch_id: str, reason: str, run_id: str) -> Manifest:
    batch = find_batch(root, batch_id)
    if batch_id in deleted_batches(root):
        raise LandingError(f"{batch_id}: it is deleted: its files are gone. Drop its file again.")
    with disk_errors(root / MANIFESTS), landing_lock(root):
        held = held_batches(root)
        if (kind == "hold") == (batch_id in held):
            state = f"held already ({held[batch_id]})" if batch_id in held else "not held"
            raise LandingError(f"{batch_id}: {state}; nothing to do.")
        manifest = Manifest(
            kind=kind,
            batch_id=batch_id,
            sequence=_next_sequence(root),
            source=batch.source,
            stream=batch.stream,
            run_id=run_id,
            logical_date=batch.logical_date,
            landed_at=_utc_text(None),
            reason=reason,
        )
        make_folder(root / batch.source / batch.stream / f"date={batch.logical_date}", root)
        with _undone(root, manifest):
            write_copy(root, manifest)
            publish_manifest(root, manifest)
    return manifest


def rewrite_batch(
    root: Path,
    batch_id: str,
    rows: pa.Table,
    *,
    reason: str,
    run_id: str = "",
    at: datetime | None = None,
) -> Manifest:
    """Put other rows in the place of a batch's, and return the manifest of the rewrite.

    For what must not be kept any longer. `rows` are as many as before, in the same order and with
    the same columns: lines stay what they are. What has read the batch does not read it again. A
    kill leaves the batch as it was, or as it is to be; then `sweep` removes the old file. Raises
    LandingError where there is no such batch, the rows are not as many, or the disk is full.
    """
    before = find_batch(root, batch_id)
    if before.path is None or rows.num_rows != before.rows:
        raise LandingError(f"{batch_id}: has {before.rows} rows, not {rows.num_rows}.")
    old = root / before.path
    manifest = _add_file(root, before, "rewrite", rows, reason=reason, run_id=run_id, at=at)
    with disk_errors(old), _locked(root, _FILES_LOCK, fcntl.LOCK_EX):
        old.unlink(missing_ok=True)
        sync_folder(old.parent)
    return manifest


def retry_lines(root: Path, batch_id: str, rows: pa.Table, *, reason: str) -> Manifest:
    """Let lines of a batch be read as these rows say, and return the manifest of the retry.

    `rows` have the batch's columns as texts and `_line`, the line of each in the batch. They stand
    in the place of what landed there, which stays as it is: each keeps its batch and its order. The
    last decision about a line holds. A kill leaves all or none of it. Raises LandingError where
    there is no such batch, or the disk is full.
    """
    before = find_batch(root, batch_id)
    return _add_file(root, before, "retry", rows, reason=reason)


def drop_lines(root: Path, batch_id: str, rows: pa.Table, *, reason: str) -> Manifest:
    """Let lines of a batch not be read into a stream, and return the manifest of the drop.

    `rows` have `_line` and `_stream`, and `_column` and `_reason`: why the stream refused the line.
    What landed stays as it is, and so does what other streams read of it. Raises LandingError where
    the reason is empty, there is no such batch, or the disk is full.
    """
    if not reason.strip():
        raise LandingError(f"{batch_id}: a drop needs a reason, for whoever looks for the rows.")
    before = find_batch(root, batch_id)
    return _add_file(root, before, "drop", rows, reason=reason.strip())


def _add_file(
    root: Path,
    before: Manifest,
    kind: str,
    rows: pa.Table,
    *,
    reason: str,
    run_id: str = "",
    at: datetime | None = None,
) -> Manifest:
    """Write rows beside a batch, and make them visible by a manifest that is of that batch."""
    import pyarrow.parquet as pq

    folder = root / before.source / before.stream / f"date={before.logical_date}"
    beside = folder / f".{uuid.uuid4().hex}.parquet.tmp"
    with disk_errors(folder):
        try:
            pq.write_table(rows, beside, compression="zstd")
            size, sha256 = synced(beside)
            with landing_lock(root):
                sequence = _next_sequence(root)
                final = folder / f"{before.batch_id}.{sequence}.parquet"
                place = _in_place(root, final)
                replaces = None
                if kind == "rewrite":
                    replaces = last_rewrites(root).get(before.batch_id, before).sequence
                manifest = Manifest(
                    kind=kind,
                    batch_id=before.batch_id,
                    sequence=sequence,
                    source=before.source,
                    stream=before.stream,
                    run_id=run_id,
                    logical_date=before.logical_date,
                    landed_at=_utc_text(at),
                    status="ok",
                    path=place,
                    rows=rows.num_rows,
                    bytes=size,
                    sha256=sha256,
                    reason=reason,
                    replaces=replaces,
                )
                with _undone(root, manifest):
                    os.rename(beside, final)
                    write_copy(root, manifest)
                    sync_folder(final.parent)
                    publish_manifest(root, manifest)
        finally:
            beside.unlink(missing_ok=True)
    return manifest


@contextmanager
def reading_files(root: Path) -> Iterator[None]:
    """Keep the files that manifests name now from being removed meanwhile by a rewrite."""
    with _locked(root, _FILES_LOCK, fcntl.LOCK_SH):
        yield


@dataclass(frozen=True)
class Swept:
    """What `sweep` found: files that it removed, and orphans by where they lie now."""

    removed: tuple[Path, ...] = ()
    orphans: tuple[Path, ...] = ()


def sweep(root: Path, older_than_seconds: float = _STALE_SECONDS) -> Swept:
    """Remove what killed runs left half written, and put aside what no manifest names.

    Removed are temporary files not written to for `older_than_seconds`, and files whose rows a
    rewrite has put into another one. Any other file of a batch without a manifest is an orphan: of
    a run that was killed between the renames, or of a batch whose manifest was lost. It moves to
    `_orphans/`, with a warning; `repair` puts back what belongs to landing. The lock is held
    meanwhile, so no commit is half way.
    """
    if not root.is_dir():
        return Swept()
    removed, orphans = [], []
    now = time.time()
    with disk_errors(root), landing_lock(root):
        named, replaced = _named_files(root)
        for path in sorted(root.rglob("*")):
            if not path.is_file():
                continue
            relative = path.relative_to(root)
            if path.name.endswith(".tmp"):
                if now - path.stat().st_mtime > older_than_seconds:
                    path.unlink(missing_ok=True)
                    removed.append(path)
            elif relative.as_posix() in replaced:
                path.unlink(missing_ok=True)
                removed.append(path)
            elif _is_of_a_batch(relative) and relative.as_posix() not in named:
                orphans += _put_aside(root, path)
    if orphans:
        log.warning(
            "%s: no manifest names %d files of batches: they were moved to %s/. Where a manifest "
            "was lost, `reachline landing verify --repair` puts it and them back.",
            *(root, len(orphans), ORPHANS),
        )
    return Swept(tuple(removed), tuple(orphans))


def unnamed_files(root: Path, older_than_seconds: float = _STALE_SECONDS) -> list[Path]:
    """Return the files of batches that no manifest names; moves nothing, as `sweep` does.

    Those that are younger may be of a batch that is being committed.
    """
    if not root.is_dir():
        return []
    named, replaced = _named_files(root)
    now = time.time()
    found = []
    for path in sorted(root.glob("[!_.]*/*/date=*/*")):
        relative = path.relative_to(root)
        if _is_of_a_batch(relative) and relative.as_posix() not in named | replaced:
            with suppress(FileNotFoundError):
                if now - path.stat().st_mtime > older_than_seconds:
                    found.append(path)
    return found


def _named_files(root: Path) -> tuple[set[str], set[str]]:
    """Return the files that manifests name, and those that are to go: replaced, or deleted."""
    found = all_manifests(root)
    now = manifests(root)
    lies_at = {m.batch_id: m.path for m in now if m.path is not None and (root / m.path).is_file()}
    copies_of = {place for m in found if (place := copy_path(m)) is not None}
    named = {p for m in (*found, *now) for p in (m.path, m.rejects_path) if p is not None}
    replaced = {
        m.path
        for m in found
        if m.kind in ("batch", "rewrite")
        and m.path is not None
        and lies_at.get(m.batch_id) not in (None, m.path)
    }
    gone = {name for batch_id in deleted_batches(root) for name in files_of(found, batch_id)}
    return named | copies_of, replaced | gone


def _is_of_a_batch(relative: Path) -> bool:
    """Whether a path is one that data, rejects or copies of manifests have."""
    return (
        relative.parts[0][:1] not in ("_", ".")
        and relative.parent.name.startswith("date=")
        and relative.suffix in (".parquet", ".json")
    )


def _put_aside(root: Path, path: Path) -> list[Path]:
    """Move an orphan, and return where it lies now; where it can't be moved, it stays."""
    try:
        target = free_orphan(root, path.relative_to(root))
        move_file(path, target)
    except OSError as error:
        log.warning("%s: no manifest names it, and it can't be moved: %s", path, error.strerror)
        return []
    return [target]


def _in_place(root: Path, final: Path) -> str:
    """Return a file's path as manifests name it; what lies there without one is put aside."""
    place = final.relative_to(root)
    if final.exists():
        target = free_orphan(root, place)
        move_file(final, target)
        log.warning("%s: no manifest names it: it was moved to %s.", final, target)
    return place.as_posix()


@contextmanager
def _undone(root: Path, manifest: Manifest) -> Iterator[None]:
    """Take back what the block wrote, if it fails before the manifest is there."""
    try:
        yield
    except BaseException:
        if not manifest_path(root, manifest.sequence).exists():
            for name in (manifest.path, manifest.rejects_path, copy_path(manifest)):
                if name is not None:
                    (root / name).unlink(missing_ok=True)
        raise


@contextmanager
def landing_lock(root: Path) -> Iterator[None]:
    """Hold the landing zone's lock, under which manifests are written."""
    with _locked(root, ".lock", fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(root: Path, name: str, kind: int) -> Iterator[None]:
    """Hold a lock file of the landing zone; the kernel gives it back when the process dies."""
    make_folder(root / MANIFESTS, root)
    handle = os.open(root / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _next_sequence(root: Path) -> int:
    highest, _ = taken(root, highest_given(root))
    # before the first copy: that of a batch which is then not committed is no number that was given
    remember_number(root, highest)
    return highest + 1


def _free_id(root: Path, draft: Draft, sha256: str | None) -> str:
    stem = "-".join(
        (
            draft.source.replace("_", "-"),
            draft.stream.replace("_", "-"),
            draft.logical_date.strftime("%Y%m%d"),
            (sha256 or "empty")[:12],
        )
    )
    _, ids = taken(root, highest_given(root))
    number = 1
    while (batch_id := f"{stem}-{number}") in ids:
        number += 1
    return batch_id


def publish_manifest(root: Path, manifest: Manifest) -> None:
    """Write the manifest beside and rename it: the instant at which a batch begins to exist."""
    final = manifest_path(root, manifest.sequence)
    beside = final.with_name(f".{final.name}.{uuid.uuid4().hex}.tmp")
    try:
        with beside.open("x", encoding="utf-8") as handle:
            handle.write(manifest.to_json())
            handle.flush()
            os.fsync(handle.fileno())
        os.rename(beside, final)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    try:
        sync_folder(final.parent)
    except OSError as error:
        raise LandingError(
            f"{final}: it is there, but may not outlast a power cut: {error.strerror}. Look at the "
            "disk, then run again: what has landed is not landed twice."
        ) from error
    remember_number(root, manifest.sequence)


def _utc_text(moment: datetime | None) -> str:
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")
