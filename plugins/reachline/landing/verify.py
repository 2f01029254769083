"""Whether what lies on the disk is what the manifests say."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reachline.landing.manifests import LandingError, Manifest, manifests


@dataclass(frozen=True)
class Finding:
    """A file that is not what its manifest says; `batch_id` is empty where no batch is meant."""

    batch_id: str
    path: Path
    problem: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.batch_id or 'landing'}: {self.path}: {self.problem}"


def verify(root: Path, batch_id: str | None = None) -> list[Finding]:
    """Read every batch (or one) whole and return what differs from its manifest.

    Looked at are presence, bytes, SHA-256 and the number of rows of data and rejects, and that no
    two batches have one id. LandingError when a manifest can't be read or there is no such batch.
    """
    found = []
    seen: dict[str, Manifest] = {}
    known = False
    for manifest in manifests(root, fresh=True):
        if batch_id is not None and manifest.batch_id != batch_id:
            continue
        known = True
        if manifest.batch_id in seen:
            path = root / "_manifests" / f"{manifest.sequence:012d}.json"
            other = seen[manifest.batch_id].sequence
            found.append(
                Finding(manifest.batch_id, path, f"manifest {other} has the same batch_id")
            )
        seen[manifest.batch_id] = manifest
        found += _check_batch(root, manifest)
    if batch_id is not None and not known:
        raise LandingError(
            f"{batch_id}: no such batch in {root}. `reachline landing ls` lists them."
        )
    return found


def _check_batch(root: Path, manifest: Manifest) -> Iterator[Finding]:
    files = [
        (manifest.path, manifest.sha256, manifest.rows),
        (manifest.rejects_path, manifest.rejects_sha256, manifest.rejected),
    ]
    for relative, sha256, rows in files:
        if relative is None:
            if rows:
                problem = f"the manifest counts {rows} rows, but names no file"
                yield Finding(manifest.batch_id, root, problem)
            continue
        path = root / relative
        if not path.is_file():
            yield Finding(manifest.batch_id, path, "is missing. Restore it from a backup")
            continue
        with path.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        if digest != sha256:
            problem = f"SHA-256 is {digest}, not {sha256}: it was changed. Restore it from a backup"
            yield Finding(manifest.batch_id, path, problem)
            continue
        if relative == manifest.path and path.stat().st_size != manifest.bytes:
            problem = f"is {path.stat().st_size} bytes long, not {manifest.bytes}"
            yield Finding(manifest.batch_id, path, problem)
        stored = _rows(path)
        if stored != rows:
            yield Finding(manifest.batch_id, path, f"holds {stored} rows, not {rows}")


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)
