"""Whether what lies on the disk is what the manifests say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from reachline.landing.copies import highest_given
from reachline.landing.disk import Identity, hash_file
from reachline.landing.manifests import (
    MANIFESTS,
    LandingError,
    Manifest,
    batches_among,
    decisions_among,
    deleted_by,
    manifest_path,
    read_manifest,
    sequence_names,
)
from reachline.landing.packs import all_packs, opened, pack_with, read_packed


@dataclass(frozen=True)
class Finding:
    """A file that is not what its manifest says; `batch_id` is empty where no batch is meant."""

    batch_id: str
    path: Path
    problem: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.batch_id or 'landing'}: {self.path}: {self.problem}"


@dataclass(frozen=True)
class StoredFile:
    """A file of a batch: rows, bytes and hash as its manifest declares them, and as found on disk.

    `name` is relative to the landing folder. Of a rejects file no bytes are declared. What is found
    is None where the file is not there; of a file that is no parquet, its rows are. `identity` is
    of the content that was hashed; None where it is in a pack.
    """

    name: str
    rows: int
    bytes: int | None
    sha256: str | None
    found_rows: int | None = None
    found_bytes: int | None = None
    found_sha256: str | None = None
    identity: Identity | None = None

    @property
    def is_there(self) -> bool:
        """Whether the file is on disk."""
        return self.found_sha256 is not None


def verify(
    root: Path, batch_id: str | None = None, *, on_batch: Callable[[int, int], None] | None = None
) -> list[Finding]:
    """Read every batch (or one) whole and return what differs from its manifest.

    Looked at are presence, bytes, SHA-256 and the number of rows of data, rejects and what was
    decided about them, and that no two batches have one id; of all batches also that each manifest
    is there and is one, and that each pack can be read. A deleted batch has no files. `on_batch` is
    called before each batch with how many were read, of how many. LandingError when there is no
    such batch.
    """
    found = []
    seen: dict[str, Manifest] = {}
    sound, problems = readable_manifests(root)
    batches = batches_among(sound)
    deleted = {each for m in sound for each in deleted_by(m)}
    if batch_id is not None and batch_id not in {batch.batch_id for batch in batches}:
        raise LandingError(
            f"{batch_id}: no such batch in {root}. `reachline landing ls` lists them."
        )
    for number, manifest in enumerate(batches):
        if batch_id not in (None, manifest.batch_id):
            continue
        if on_batch is not None:
            on_batch(number, len(batches))
        if manifest.batch_id in seen:
            path = manifest_path(root, manifest.sequence)
            other = seen[manifest.batch_id].sequence
            found.append(
                Finding(manifest.batch_id, path, f"manifest {other} has the same batch_id")
            )
        seen[manifest.batch_id] = manifest
        if manifest.batch_id not in deleted:
            found += _check_batch(root, manifest)
    for decision in decisions_among(sound):
        if batch_id in (None, decision.batch_id):
            found += _check_batch(root, decision)
    return found if batch_id is not None else [*found, *problems, *_packs(root)]


def readable_manifests(root: Path) -> tuple[list[Manifest], list[Finding]]:
    """Return the manifests that can be read, in order, and those that can't or are not there."""
    sound, problems = [], []
    folder = root / MANIFESTS
    names = set(sequence_names(root))
    last = max((int(name.removesuffix(".json")) for name in names), default=0)
    for number in range(1, max(last, highest_given(root)) + 1):
        path = manifest_path(root, number)
        if path.name not in names:
            problems.append(
                Finding(
                    "",
                    path,
                    "is missing. `reachline landing verify --repair` writes it anew from its copy; "
                    "else restore it from a backup",
                )
            )
            continue
        try:
            sound.append(read_manifest(folder / path.name))
        except LandingError as error:
            problems.append(Finding("", path, str(error).removeprefix(f"{path}: ")))
    return sound, problems


def _packs(root: Path) -> Iterator[Finding]:
    """Yield the packs that can't be read: what is in them is missing."""
    for path in all_packs(root):
        try:
            with opened(path):
                continue
        except OSError as error:
            yield Finding("", path, f"can't be read ({error.strerror}). Restore it from a backup")


def _check_batch(root: Path, manifest: Manifest) -> Iterator[Finding]:
    for relative, rows in (
        (manifest.path, manifest.rows),
        (manifest.rejects_path, manifest.rejected),
    ):
        if relative is None and rows:
            problem = f"the manifest counts {rows} rows, but names no file"
            yield Finding(manifest.batch_id, root, problem)
    for file in stored_files(root, manifest):
        for problem in _problems(file):
            pack = None if (root / file.name).is_file() else pack_with(root, file.name)
            where = "" if pack is None else f"in {pack.relative_to(root)}: "
            yield Finding(manifest.batch_id, root / file.name, where + problem)


def _problems(file: StoredFile) -> Iterator[str]:
    if not file.is_there:
        yield "is missing. Restore it from a backup"
    elif file.found_sha256 != file.sha256:
        yield (
            f"SHA-256 is {file.found_sha256}, not {file.sha256}: it was changed. Restore it from a "
            "backup"
        )
    else:
        if file.bytes not in (None, file.found_bytes):
            yield f"is {file.found_bytes} bytes long, not {file.bytes}"
        if file.found_rows != file.rows:
            yield f"holds {file.found_rows} rows, not {file.rows}"


def stored_files(root: Path, manifest: Manifest) -> Iterator[StoredFile]:
    """Yield the data and the rejects of a batch, each file read whole."""
    if manifest.path is not None:
        yield _stored(root, manifest.path, manifest.rows, manifest.bytes, manifest.sha256)
    if manifest.rejects_path is not None:
        yield _stored(root, manifest.rejects_path, manifest.rejected, None, manifest.rejects_sha256)


def _stored(root: Path, name: str, rows: int, size: int | None, sha256: str | None) -> StoredFile:
    path = root / name
    declared = (name, rows, size, sha256)
    if path.is_file():
        # what is being packed meanwhile is in its pack before it goes
        with suppress(FileNotFoundError):
            found = hash_file(path)
            return StoredFile(*declared, _rows(path), found.bytes, found.sha256, found.identity)
    try:
        data = read_packed(root, name)
    except OSError:
        return StoredFile(*declared)
    digest = hashlib.sha256(data).hexdigest()
    return StoredFile(*declared, _rows(BytesIO(data)), len(data), digest)


def _rows(file: Path | BytesIO) -> int | None:
    """Return the rows of a parquet file; None where it is none any more."""
    import pyarrow.parquet as pq

    from reachline.arrow import pa

    try:
        return int(pq.read_metadata(file).num_rows)
    except (pa.ArrowInvalid, OSError):
        return None
