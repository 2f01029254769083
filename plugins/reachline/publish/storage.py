"""The copy of a release's files on any file system that fsspec knows.

    <url>/releases/<release_id>/…   every file of the release, and release.json
    <url>/current.json              which of them is current: written last, in one step

A copy that fails or is killed leaves current.json as it was; the next one goes on where it ended.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from reachline.publish.connections import DeliveryError, needed_connection, redacted
from reachline.publish.files import FileFacts, file_facts
from reachline.publish.releases import ABOUT, RELEASES, Release
from reachline.settings import Paths, StorageCopy

POINTER = "current.json"

_NAME = re.compile(r"^\d{4}-\d{2}-\d{2}-(\d{4,})$")
_CHUNK = 4 * 1024 * 1024


def copy_to_storage(paths: Paths, target: StorageCopy, release: Release) -> dict[str, FileFacts]:
    """Copy a release's files, verify each by reading it back, and point current.json at them.

    Older copies than the newest `keep_releases` are removed. Returns what was copied, by name.
    Raises DeliveryError; current.json is then what it was.
    """
    import fsspec

    files = _files(release)
    connection = needed_connection(paths, target.connection) if target.connection else None
    try:
        system, root = fsspec.core.url_to_fs(
            target.url, **(connection.extra_dejson if connection else {})
        )
        folder = f"{root}/{RELEASES}/{release.release_id}"
        for name, facts in files.items():
            _copy(system, release, name, facts, f"{folder}/{name}")
        _write_pointer(system, root, release, files)
        _prune(system, root, target.keep_releases, release.release_id)
    except ImportError as error:
        raise DeliveryError(
            f"{target.url}: {error}. The package of this file system is not installed: s3fs for "
            "s3, gcsfs for gs, adlfs for abfs."
        ) from error
    # whatever a file system's own library raises
    except Exception as error:
        if isinstance(error, DeliveryError):
            raise
        said = redacted(error, connection) if connection else " ".join(str(error).split())
        raise DeliveryError(
            f"{target.url}: {type(error).__name__}: {said}. Mend that, then clear the task, or run "
            "`reachline deliver storage`: it goes on where this one ended."
        ) from (None if connection else error)
    return files


def copy_again(
    paths: Paths, target: StorageCopy, releases: Sequence[Release], current: Release
) -> list[str]:
    """Bring the copies of releases up to what these are now; return the folders that were removed.

    Copies of releases that are not here any more can't be brought up to anything: they go. Raises
    DeliveryError.
    """
    import fsspec

    connection = needed_connection(paths, target.connection) if target.connection else None
    try:
        system, root = fsspec.core.url_to_fs(
            target.url, **(connection.extra_dejson if connection else {})
        )
        here = {release.release_id: release for release in releases}
        removed = []
        folder = f"{root}/{RELEASES}"
        found = system.ls(folder, detail=False) if system.exists(folder) else []
        for path in sorted(str(each).rstrip("/") for each in found):
            release = here.get(path.rpartition("/")[2])
            if release is None:
                system.rm(path, recursive=True)
                removed.append(path.rpartition("/")[2])
                continue
            for name, facts in _files(release).items():
                _copy(system, release, name, facts, f"{path}/{name}")
    # whatever a file system's own library raises
    except Exception as error:
        if isinstance(error, DeliveryError):
            raise
        said = redacted(error, connection) if connection else " ".join(str(error).split())
        raise DeliveryError(f"{target.url}: {type(error).__name__}: {said}.") from (
            None if connection else error
        )
    copy_to_storage(paths, target, current)
    return removed


def _files(release: Release) -> dict[str, FileFacts]:
    """Return every file of a release, as release.json has it, and release.json itself."""
    named = {name: FileFacts(**facts) for name, facts in release.about["files"].items()}
    return {**named, ABOUT: file_facts(release.path / ABOUT)}


def _copy(system: Any, release: Release, name: str, facts: FileFacts, target: str) -> None:
    if _is_there(system, target, facts):
        return
    system.makedirs(target.rpartition("/")[0], exist_ok=True)
    system.put_file(str(release.path / name), target)
    system.invalidate_cache()
    if not _is_there(system, target, facts):
        local = file_facts(release.path / name)
        whose = "the copy" if local == facts else "the file of the release itself"
        raise DeliveryError(
            f"{target}: {whose} is not what release.json says ({facts.bytes} bytes, sha256 "
            f"{facts.sha256}). {'Copy it' if local == facts else 'Run the night'} again."
        )


def _is_there(system: Any, target: str, facts: FileFacts) -> bool:
    """Return whether a file is there whole: its size, then its hash as it is read back."""
    try:
        if system.info(target)["size"] != facts.bytes:
            return False
        digest = hashlib.sha256()
        with system.open(target, "rb") as reader:
            while chunk := reader.read(_CHUNK):
                digest.update(chunk)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == facts.sha256


def _write_pointer(system: Any, root: str, release: Release, files: dict[str, FileFacts]) -> None:
    """Write current.json, which names the release to read and its files."""
    body = {
        "release_id": release.release_id,
        "logical_date": release.logical_date.isoformat(),
        "path": f"{RELEASES}/{release.release_id}",
        "files": {name: asdict(facts) for name, facts in sorted(files.items())},
    }
    # written beside and moved: a file system of a machine does not write in one step
    beside = f"{root}/.{POINTER}.part"
    system.pipe_file(beside, (json.dumps(body, indent=1, ensure_ascii=False) + "\n").encode())
    system.mv(beside, f"{root}/{POINTER}")


def _prune(system: Any, root: str, keep: int, current: str) -> None:
    system.invalidate_cache()
    found = {
        int(match[1]): path
        for path in system.ls(f"{root}/{RELEASES}", detail=False)
        if (match := _NAME.match(path.rstrip("/").rpartition("/")[2]))
    }
    for _, path in sorted(found.items())[:-keep]:
        if path.rstrip("/").rpartition("/")[2] != current:
            system.rm(path, recursive=True)
