"""Files that must be whole or absent: copied, hashed, synced, made read-only."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True)
class FileFacts:
    """Size in bytes and SHA-256 of a file, as written."""

    bytes: int
    sha256: str


def copy_file(source: Path, target: Path) -> FileFacts:
    """Copy a file, sync the copy to disk, and return what was written."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as reader, target.open("xb") as writer:
        while chunk := reader.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            writer.write(chunk)
        writer.flush()
        os.fsync(writer.fileno())
    return FileFacts(size, digest.hexdigest())


def file_facts(path: Path) -> FileFacts:
    """Return size and hash of a file as it is on disk."""
    with path.open("rb") as reader:
        digest = hashlib.file_digest(reader, "sha256")
    return FileFacts(path.stat().st_size, digest.hexdigest())


def sync_file(path: Path) -> None:
    """Make sure that a file's content is on disk before its name is relied on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Make sure that the names in a folder are on disk."""
    sync_file(path)


def write_synced(path: Path, text: str) -> None:
    """Write a new text file and sync it."""
    with path.open("x", encoding="utf-8") as writer:
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())


def make_read_only(folder: Path) -> None:
    """Give every file below a folder mode 0440: its owner and its group read, others do not."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o440)
