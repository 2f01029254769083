"""The locks of a landing zone, and the instant at which a batch begins to exist."""

from __future__ import annotations

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reachline.landing.copies import remember_number
from reachline.landing.disk import make_folder, sync_folder
from reachline.landing.manifests import MANIFESTS, LandingError, Manifest, manifest_path

FILES_LOCK = ".files.lock"
"""Shared while files are read by the names of manifests, exclusive while replaced ones go."""


@contextmanager
def landing_lock(root: Path) -> Iterator[None]:
    """Hold the landing zone's lock, under which manifests are written."""
    with locked(root, ".lock", fcntl.LOCK_EX):
        yield


@contextmanager
def locked(root: Path, name: str, kind: int) -> Iterator[None]:
    """Hold a lock file of the landing zone; the kernel gives it back when the process dies."""
    make_folder(root / MANIFESTS, root)
    handle = os.open(root / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


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
