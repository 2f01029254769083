"""Writing batches: beside, synced, then visible by one rename of the manifest.

What may happen at any instruction: the process is killed, the disk fills, another process lands
too. What holds all the same: a batch is there whole or not at all, no two have one sequence, and
no committed file is ever written again. A rewrite makes a new file, and removes the old one when
the new one is there. A retry and a drop add a file to a batch.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reachline.landing.manifests import (
    MANIFESTS,
    FileOrigin,
    LandingError,
    Manifest,
    all_manifests,
    decisions,
    find_batch,
    held_batches,
    last_rewrites,
    manifest_path,
    manifests,
    sequence_names,
)

if TYPE_CHECKING:
    import pyarrow as pa

_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
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
        _make_folder(folder, root)
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

    When this returns, the batch survives a power cut; when it raises, there is no batch.
    `rows` and `rejected` count the rows of the two files. The batch_id is made of stream, date and
    content, so that the same input lands under the same ids everywhere; a content that comes back
    gets a number. Raises LandingError when the disk is full or a file can't be written.
    """
    root = draft.root
    with disk_errors(draft.data):
        data_size, data_sha = _synced(draft.data)
        _, rejects_sha = _synced(draft.rejects)
        with _lock(root):
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
                final = folder / f"{batch_id}.parquet"
                os.rename(draft.data, final)
                manifest = replace(manifest, path=final.relative_to(root).as_posix())
            if rejects_sha is not None:
                final = folder / f"{batch_id}.rejects.parquet"
                os.rename(draft.rejects, final)
                manifest = replace(manifest, rejects_path=final.relative_to(root).as_posix())
            sync_folder(folder)
            _publish(root, manifest)
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


def _mark(root: Path, kind: str, batch_id: str, reason: str, run_id: str) -> Manifest:
    find_batch(root, batch_id)
    with disk_errors(root / MANIFESTS), _lock(root):
        held = held_batches(root)
        if (kind == "hold") == (batch_id in held):
            state = f"held already ({held[batch_id]})" if batch_id in held else "not held"
            raise LandingError(f"{batch_id}: {state}; nothing to do.")
        manifest = Manifest(
            kind=kind,
            batch_id=batch_id,
            sequence=_next_sequence(root),
            run_id=run_id,
            landed_at=_utc_text(None),
            reason=reason,
        )
        _publish(root, manifest)
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
            size, sha256 = _synced(beside)
            with _lock(root):
                sequence = _next_sequence(root)
                final = folder / f"{before.batch_id}.{sequence}.parquet"
                os.rename(beside, final)
                sync_folder(folder)
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
                    path=final.relative_to(root).as_posix(),
                    rows=rows.num_rows,
                    bytes=size,
                    sha256=sha256,
                    reason=reason,
                    replaces=replaces,
                )
                _publish(root, manifest)
        finally:
            beside.unlink(missing_ok=True)
    return manifest


@contextmanager
def reading_files(root: Path) -> Iterator[None]:
    """Keep the files that manifests name now from being removed meanwhile by a rewrite."""
    with _locked(root, _FILES_LOCK, fcntl.LOCK_SH):
        yield


def sweep(root: Path, older_than_seconds: float = _STALE_SECONDS) -> list[Path]:
    """Remove what killed runs left behind, and return the paths removed.

    That is: temporary files not written to for `older_than_seconds`, and data files with a batch's
    name but no manifest (a kill between the renames). The lock is held meanwhile, so no commit is
    half way.
    """
    if not root.is_dir():
        return []
    removed = []
    now = time.time()
    with disk_errors(root), _lock(root):
        named = (*manifests(root), *decisions(root))
        known = {p for m in named for p in (m.path, m.rejects_path) if p is not None}
        for path in sorted(root.rglob("*")):
            if not path.is_file():
                continue
            if path.name.endswith(".tmp"):
                stale = now - path.stat().st_mtime > older_than_seconds
            else:
                relative = path.relative_to(root)
                is_data = path.suffix == ".parquet" and relative.parent.name.startswith("date=")
                stale = is_data and relative.as_posix() not in known
            if stale:
                path.unlink(missing_ok=True)
                removed.append(path)
    return removed


@contextmanager
def disk_errors(where: Path) -> Iterator[None]:
    """Turn an operating-system error inside into a LandingError that says what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        remedy = (
            "The disk is full: free some space and run again. Nothing of this batch was kept."
            if full
            else "Nothing of this batch was kept."
        )
        raise LandingError(f"{error.filename or where}: {error.strerror}. {remedy}") from error


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Hold the landing zone's lock, under which manifests are written."""
    with _locked(root, ".lock", fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(root: Path, name: str, kind: int) -> Iterator[None]:
    """Hold a lock file of the landing zone; the kernel gives it back when the process dies."""
    _make_folder(root / MANIFESTS, root)
    handle = os.open(root / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _next_sequence(root: Path) -> int:
    return max((int(name.removesuffix(".json")) for name in sequence_names(root)), default=0) + 1


def _free_id(root: Path, draft: Draft, sha256: str | None) -> str:
    stem = "-".join(
        (
            draft.source.replace("_", "-"),
            draft.stream.replace("_", "-"),
            draft.logical_date.strftime("%Y%m%d"),
            (sha256 or "empty")[:12],
        )
    )
    taken = {m.batch_id for m in all_manifests(root)}
    number = 1
    while (batch_id := f"{stem}-{number}") in taken:
        number += 1
    return batch_id


def _publish(root: Path, manifest: Manifest) -> None:
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
    sync_folder(final.parent)


def _synced(path: Path) -> tuple[int, str | None]:
    """Sync a file to disk, and return its size and SHA-256; (0, None) if it does not exist."""
    if not path.exists():
        return 0, None
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    return path.stat().st_size, digest


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make_folder(folder: Path, root: Path) -> None:
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


def _utc_text(moment: datetime | None) -> str:
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")
