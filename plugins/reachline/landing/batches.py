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
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from reachline.landing.commit import FILES_LOCK, landing_lock, locked, publish_manifest
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
    DECISIONS,
    MANIFESTS,
    FileOrigin,
    LandingError,
    Manifest,
    State,
    all_manifests,
    amended,
    decision_id,
    decisions,
    deleted_batches,
    files_of,
    find_batch,
    held_batches,
    last_rewrites,
    manifest_path,
    manifests,
    read_manifest,
    taken,
)
from reachline.landing.packing import clear_half_written, take_out
from reachline.landing.packs import clear_unpacked, packed_names
from reachline.landing.shared import (
    amend_shared,
    fetch_taken,
    joined,
    remove_gone,
    share,
    write_amended,
)

if TYPE_CHECKING:
    from reachline.arrow import pa

STATES = "states"
"""The stream in whose folder the copy of a manifest of states lies."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_]*")
log = logging.getLogger("reachline.landing")

_STALE_SECONDS = 24 * 3600.0


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

            def make(sequence: int) -> Manifest:
                batch_id = _free_id(root, draft, file.sha256 if file else data_sha)
                place = draft.data.parent.relative_to(root) / batch_id
                return Manifest(
                    kind="batch",
                    batch_id=batch_id,
                    sequence=sequence,
                    source=draft.source,
                    stream=draft.stream,
                    query=query,
                    run_id=run_id,
                    logical_date=draft.logical_date.isoformat(),
                    landed_at=_utc_text(landed_at),
                    status=status,
                    path=f"{place.as_posix()}.parquet" if data_sha else None,
                    rows=rows,
                    bytes=data_size,
                    sha256=data_sha,
                    rejects_path=f"{place.as_posix()}.rejects.parquet" if rejects_sha else None,
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

            return _commit(root, make, draft.data, draft.rejects)


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
    remove_deleted(root, [batch_id])
    return tombstone


def remove_deleted(root: Path, batches: Collection[str]) -> None:
    """Remove the files of batches of which a manifest says that they are deleted.

    A kill leaves some of them, which nobody reads: `sweep` removes them. Raises LandingError where
    the disk can't be written, and StoreError.
    """
    with disk_errors(root), locked(root, FILES_LOCK, fcntl.LOCK_EX):
        names = files_of(all_manifests(root), frozenset(batches) & deleted_batches(root).keys())
        for name in names:
            (root / name).unlink(missing_ok=True)
        for folder in {(root / name).parent for name in names}:
            if folder.is_dir():  # else all in it was packed
                sync_folder(folder)
        take_out(root, names)
        clear_unpacked(root)
    remove_gone(root, batches)


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

        def make(sequence: int) -> Manifest:
            return Manifest(
                kind="states",
                batch_id=_free_id(root, draft, content),
                sequence=sequence,
                source=source,
                stream=STATES,
                run_id=run_id,
                logical_date=logical_date.isoformat(),
                landed_at=_utc_text(None),
                states=tuple(states),
            )

        return _commit(root, make)


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

    def make(sequence: int) -> Manifest:
        return Manifest(
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

    with disk_errors(root / MANIFESTS), landing_lock(root):
        return _commit(root, make)


def _mark(root: Path, kind: str, batch_id: str, reason: str, run_id: str) -> Manifest:
    batch = find_batch(root, batch_id)
    if batch_id in deleted_batches(root):
        raise LandingError(f"{batch_id}: it is deleted: its files are gone. Drop its file again.")

    def make(sequence: int) -> Manifest:
        held = held_batches(root)
        if (kind == "hold") == (batch_id in held):
            state = f"held already ({held[batch_id]})" if batch_id in held else "not held"
            raise LandingError(f"{batch_id}: {state}; nothing to do.")
        return Manifest(
            kind=kind,
            batch_id=batch_id,
            sequence=sequence,
            source=batch.source,
            stream=batch.stream,
            run_id=run_id,
            logical_date=batch.logical_date,
            landed_at=_utc_text(None),
            reason=reason,
        )

    with disk_errors(root / MANIFESTS), landing_lock(root):
        return _commit(root, make)


def rewrite_batch(
    root: Path,
    batch_id: str,
    rows: pa.Table,
    *,
    reason: str,
    run_id: str = "",
    at: datetime | None = None,
    rejects: pa.Table | None = None,
) -> Manifest:
    """Put other rows in the place of a batch's, and return the manifest of the rewrite.

    For what must not be kept any longer. `rows` are as many as before, in the same order and with
    the same columns: lines stay what they are. With `rejects`, the refused rows are replaced as
    well, and rows may have moved among them: then `rows` have `_line`, and both are as many
    together as they were. What has read the batch does not read it again. A kill leaves the batch
    as it was, or as it is to be; then `sweep` removes the old files. Raises LandingError where
    there is no such batch, the rows are not as many, or the disk is full.
    """
    before = find_batch(root, batch_id)
    if rejects is None:
        had, has = before.rows, rows.num_rows
    else:
        had, has = before.rows + before.rejected, rows.num_rows + rejects.num_rows
    if before.path is None or had != has:
        raise LandingError(f"{batch_id}: has {had} rows, not {has}.")
    manifest = _add_file(
        root, before, "rewrite", rows, reason=reason, run_id=run_id, at=at, rejects=rejects
    )
    replaced = [before.path, before.rejects_path if rejects is not None else None]
    _remove_replaced(root, batch_id, [name for name in replaced if name is not None])
    return manifest


def rewrite_decision(root: Path, decision: Manifest, rows: pa.Table, *, reason: str) -> Manifest:
    """Put other rows in the place of a retry's or a drop's, and return the manifest of the rewrite.

    Rows may be left out. A kill leaves the decision as it was, or as it is to be. Raises
    LandingError where the disk is full.
    """
    named = replace(decision, batch_id=decision_id(decision))
    manifest = _add_file(root, named, "rewrite", rows, reason=reason, rejects=rows.slice(0, 0))
    _remove_replaced(root, named.batch_id, [str(decision.path)])
    return manifest


def _remove_replaced(root: Path, batch_id: str, names: Sequence[str]) -> None:
    with disk_errors(root), locked(root, FILES_LOCK, fcntl.LOCK_EX):
        for name in names:
            (root / name).unlink(missing_ok=True)
            sync_folder((root / name).parent)
        take_out(root, names)
        clear_unpacked(root)
    remove_gone(root, [batch_id])


def amend_manifest(root: Path, change: Callable[[str], str], sequence: int) -> bool:
    """Change texts of a manifest and of its copy, as `amended`; return whether it changed.

    For what it says of a person who is forgotten, and nothing else: manifests are never written
    again otherwise. Its number and its batch stay; the index is made anew.
    """
    path = manifest_path(root, sequence)
    with disk_errors(path), landing_lock(root):
        before = read_manifest(path)
        store = joined(root)
        after = amended(before, change) if store is None else amend_shared(store, change, sequence)
        write_amended(root, after)
    return after != before


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
    rejects: pa.Table | None = None,
) -> Manifest:
    """Write rows beside a batch, and make them visible by a manifest that is of that batch."""
    import pyarrow.parquet as pq

    folder = root / before.source / before.stream / f"date={before.logical_date}"
    token = uuid.uuid4().hex
    beside = folder / f".{token}.parquet.tmp"
    refused = folder / f".{token}.rejects.parquet.tmp"
    with disk_errors(folder):
        make_folder(folder, root)  # it goes when all in it is packed
        try:
            pq.write_table(rows, beside, compression="zstd")
            if rejects is not None and rejects.num_rows:
                pq.write_table(rejects, refused, compression="zstd")
            size, sha256 = synced(beside)
            _, rejects_sha256 = synced(refused)

            def make(sequence: int) -> Manifest:
                place = (folder / f"{before.batch_id}.{sequence}.parquet").relative_to(root)
                replaces = None
                if kind == "rewrite":
                    _require_as_read(root, before)
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
                    path=place.as_posix(),
                    rows=rows.num_rows,
                    bytes=size,
                    sha256=sha256,
                    reason=reason,
                    replaces=replaces,
                )
                if kind == "rewrite":
                    manifest = _told_whole(manifest, before, rejects, rejects_sha256)
                return manifest

            with landing_lock(root):
                return _commit(root, make, beside, refused)
        finally:
            beside.unlink(missing_ok=True)
            refused.unlink(missing_ok=True)


def _require_as_read(root: Path, before: Manifest) -> None:
    """Raise LandingError where another host has rewritten or deleted a batch meanwhile."""
    owner = before.batch_id.partition(".")[0]
    now = next(
        (
            m.path
            for m in (*manifests(root), *decisions(root))
            if before.batch_id in (m.batch_id, decision_id(m))
        ),
        None,
    )
    if owner in deleted_batches(root) or now != before.path:
        raise LandingError(
            f"{before.batch_id}: it was written anew or deleted meanwhile, by another host. "
            "Nothing of this was kept: run it again."
        )


def _told_whole(
    rewrite: Manifest,
    before: Manifest,
    rejects: pa.Table | None,
    rejects_sha256: str | None,
) -> Manifest:
    """Return a rewrite that tells of refused rows and of lines too, as they are from now on."""
    told = replace(
        rewrite,
        is_whole=True,
        columns=before.columns,
        first_line=before.first_line,
        has_line=before.has_line,
        rejected=before.rejected,
        rejects_path=before.rejects_path,
        rejects_sha256=before.rejects_sha256,
    )
    if rejects is None:
        return told
    place = Path(str(rewrite.path)).with_suffix(".rejects.parquet").as_posix()
    return replace(
        told,
        first_line=None,
        has_line=True,
        rejected=rejects.num_rows,
        rejects_path=place if rejects_sha256 is not None else None,
        rejects_sha256=rejects_sha256,
    )


@contextmanager
def reading_files(root: Path) -> Iterator[None]:
    """Keep the files that manifests name now from being removed meanwhile by a rewrite."""
    with locked(root, FILES_LOCK, fcntl.LOCK_SH):
        yield


@dataclass(frozen=True)
class Swept:
    """What `sweep` found: files that it removed, and orphans by where they lie now."""

    removed: tuple[Path, ...] = ()
    orphans: tuple[Path, ...] = ()


def sweep(root: Path, older_than_seconds: float = _STALE_SECONDS) -> Swept:
    """Remove what killed runs left half written, and put aside what no manifest names.

    Removed are temporary files not written to for `older_than_seconds`, what nobody reads any more
    of what was unpacked, and files, in packs too, whose rows a rewrite has put into another one.
    Any other file of a batch without a manifest is an orphan: of
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
        removed += [root / name for name in take_out(root, replaced)]
        removed += clear_half_written(root) + clear_unpacked(root)
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
    packed = packed_names(root)
    there = [
        m for m in now if m.path is not None and (m.path in packed or (root / m.path).is_file())
    ]
    lies_at = {m.batch_id: m.path for m in there}
    rejects_at = {m.batch_id: m.rejects_path for m in there}
    decided = decisions(root)
    lies_at |= {decision_id(m): m.path for m in decided if m.path is not None}
    copies_of = {place for m in found if (place := copy_path(m)) is not None}
    named = {p for m in (*found, *now, *decided) for p in (m.path, m.rejects_path) if p is not None}
    replaced = {
        m.path
        for m in found
        if m.kind in ("batch", "rewrite", *DECISIONS)
        and m.path is not None
        and lies_at.get(decision_id(m) if m.kind in DECISIONS else m.batch_id) not in (None, m.path)
    } | {
        m.rejects_path
        for m in found
        if m.kind in ("batch", "rewrite")
        and m.rejects_path is not None
        and rejects_at.get(m.batch_id, m.rejects_path) != m.rejects_path
    }
    gone = set(files_of(found, deleted_batches(root)))
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


def _commit(
    root: Path,
    make: Callable[[int], Manifest],
    data: Path | None = None,
    rejects: Path | None = None,
) -> Manifest:
    """Give a manifest the next number, and make it visible with the files that it names.

    `make` returns it for a number; it is called again where another host has taken that one: then
    what others landed is here. `data` and `rejects` are where the files were written. With an
    object store a batch exists from the instant at which the store has its manifest, and is here
    after that; where it can't be put here, the next run fetches it. The landing lock is held.
    """
    store = joined(root)
    while True:
        manifest = make(_next_sequence(root))
        written = [
            (name, path)
            for name, path in ((manifest.path, data), (manifest.rejects_path, rejects))
            if name is not None and path is not None and path.exists()
        ]
        if store is None or share(store, manifest, dict(written)):
            break
        fetch_taken(root, store, manifest.sequence)
    place = root / str(copy_path(manifest))
    make_folder(place.parent, root)
    for name, _ in written:
        _clear(root, root / name)
    with _undone(root, manifest):
        for name, path in written:
            os.rename(path, root / name)
        write_copy(root, manifest)
        sync_folder(place.parent)
        publish_manifest(root, manifest)
    return manifest


def _clear(root: Path, final: Path) -> None:
    """Put aside what lies where a file is to be, and that no manifest names."""
    if final.exists():
        target = free_orphan(root, final.relative_to(root))
        move_file(final, target)
        log.warning("%s: no manifest names it: it was moved to %s.", final, target)


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


def _utc_text(moment: datetime | None) -> str:
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="microseconds")
